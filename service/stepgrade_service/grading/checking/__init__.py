"""A student's numbers held against a reference."""
