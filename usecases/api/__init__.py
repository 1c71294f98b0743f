"""Endpoints of what is governed."""
