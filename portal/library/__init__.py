"""Copies the templates of the shipped library into a programme."""
