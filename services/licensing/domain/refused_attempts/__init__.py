"""What admins asked for and were refused."""
