"""Undoing what a batch did: what that comes to for each user, and what was said of it to be reviewed."""
