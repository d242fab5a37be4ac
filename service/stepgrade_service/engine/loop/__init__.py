"""What happens within a step, compiled: the loop over the steps and what it measures."""
