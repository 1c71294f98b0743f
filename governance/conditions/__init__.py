"""What was promised, by whom, by when."""
