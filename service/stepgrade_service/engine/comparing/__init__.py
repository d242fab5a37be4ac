"""Several optimizers from the same starts: comparisons and maps."""
