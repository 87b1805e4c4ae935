"""How far IMAP folders are read."""
