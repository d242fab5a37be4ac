"""What may explain a student's numbers."""
