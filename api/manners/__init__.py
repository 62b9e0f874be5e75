"""What every endpoint has in common: bodies, idempotency keys, cursors, request ids, headers."""
