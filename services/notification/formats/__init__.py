"""What leaves as a file of its own kind: mails."""
