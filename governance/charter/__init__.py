"""Objectives of the programme."""
