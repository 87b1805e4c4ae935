"""What validation knows of each company and its people."""
