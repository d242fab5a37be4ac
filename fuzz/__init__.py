"""Sends the service odd requests by the million, and looks at each answer. `make fuzz` runs it; docs/security.md says how."""
