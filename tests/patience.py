"""How long a test waits for what must come: one figure, since nothing waits for it where all is well."""

PATIENCE = 240
"""Seconds that anything may take on a loaded machine before a test fails."""
