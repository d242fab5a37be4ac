"""The numerics of Stepgrade: optimizers, conventions, objectives and the one compiled loop. Knows no HTTP."""

#: The engine's version: every answer carries it, and numbers change only with it.
VERSION = "1.0.0"
