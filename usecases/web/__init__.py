"""Pages of what is governed."""
