"""Inputs that tell mistakes apart, and what a test lets through."""
