"""How much work a client may ask for: what each has spent, here or in Redis, and the keys by which some are known."""
