"""How the numerics are compiled, and the arithmetic that compiled functions share."""
