"""A company, as far as mails go: its name, and whether who does not answer is reminded."""
