"""Each person's inbox, and the mail that follows from it."""
