"""PostgreSQL and processes for one machine: start, watch, stop."""
