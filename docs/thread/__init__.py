"""What docs/make_thread.py makes its page and notebook of: the questions, the tables, the pictures, and the prose."""
