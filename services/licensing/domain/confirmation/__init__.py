"""A confirmed batch: what was answered to each of its reviews."""
