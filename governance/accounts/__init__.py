"""Who signs in: users, tokens, idempotency keys."""
