"""The trail: what happened, chained by hash and written once; what was refused."""
