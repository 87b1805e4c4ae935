"""Which batches there are, as upload says."""
