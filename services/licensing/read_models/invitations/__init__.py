"""Invitations: what a link offers, and what became of its mail."""
