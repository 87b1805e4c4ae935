"""A company, as far as mails go: its name."""
