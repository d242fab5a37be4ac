"""Students' code: called on inputs that tell mistakes apart, watched while it runs, and what it returns read."""
