"""Files and links that prove something."""
