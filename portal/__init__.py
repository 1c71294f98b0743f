"""The shell: what ties the house together."""
