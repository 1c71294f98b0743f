"""Endpoints of governance, one module per capability."""
