"""Invitations that were not answered, and when to look whether to remind of them."""
