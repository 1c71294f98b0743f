"""Which label may serve which marketing action."""
