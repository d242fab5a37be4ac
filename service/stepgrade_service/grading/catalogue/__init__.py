"""What can be got wrong: the formulas part by part, and the mistakes."""
