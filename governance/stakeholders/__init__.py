"""Organisations, people and the interests they declare."""
