"""Read model: what was granted to users, as licensing says it."""
