"""A student's file, checked in a process of its own: whatever the file does, the grader continues."""

from stepgrade.grading.files.checking import FileJob, check_file

__all__ = ["FileJob", "check_file"]
