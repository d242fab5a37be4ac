"""An objective that is a posted formula: its text, read against a closed list, becomes a tape that one compiled kernel runs."""
