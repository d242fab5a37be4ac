"""Values to arrays, and what is wrong with them: every fault at once."""
