"""Read model: deliveries of a batch, counted while it is processed."""
