"""A confirmed batch, as far as mails go."""
