"""Which batches wait for licenses that were asked for."""
