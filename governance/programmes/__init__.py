"""Programmes, their settings, their phases and the organisations engaged in them."""
