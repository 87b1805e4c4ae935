"""A company: its settings, and how many licenses it has and occupies."""
