"""What is kept of other services' events."""
