"""What waits for me, and for whom it is in the way."""
