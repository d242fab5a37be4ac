"""The tables of the pages, a file for each subject; a function without arguments is a table."""
