"""Read model: the draft in which a batch is corrected."""
