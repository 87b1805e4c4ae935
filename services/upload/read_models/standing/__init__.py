"""Read model: who is Inactive, as licensing says it."""
