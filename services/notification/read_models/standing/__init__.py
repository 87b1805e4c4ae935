"""Read model: who is Inactive, and which companies have Usher, as licensing says it."""
