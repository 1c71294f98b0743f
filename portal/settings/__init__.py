"""Settings: `base` is safe for production; the others say how they differ."""
