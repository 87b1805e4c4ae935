"""What admins do with batches, a module a use case; and what follows from other services' events."""
