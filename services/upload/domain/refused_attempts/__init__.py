"""What admins wanted to do with batches and were refused."""
