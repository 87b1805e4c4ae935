"""What happened in a company: who did what to whom when, and from where."""
