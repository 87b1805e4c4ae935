"""Objects by the hash of their content, blocks of rows in them, and their garbage collection."""
