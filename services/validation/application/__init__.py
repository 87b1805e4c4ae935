"""What validation does: listens, keeps the directory, and validates files."""
