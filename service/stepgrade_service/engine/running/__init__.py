"""One request, run: a step or a trajectory."""
