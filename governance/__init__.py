"""Who may decide what, about anything at all."""
