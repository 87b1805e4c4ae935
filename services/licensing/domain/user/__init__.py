"""A user of a company: what can happen to them, and what may be done in which status (docs/admins.md)."""
