"""Mails as MIME messages: what they say and how they look."""
