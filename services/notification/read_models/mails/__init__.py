"""The mails, a row each."""
