"""Worked solutions: a step's formula line by line, with letters and with numbers."""
