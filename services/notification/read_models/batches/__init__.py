"""How far confirmed batches are."""
