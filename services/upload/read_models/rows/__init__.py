"""Read model: the rows of a batch, read from the object that validation wrote."""
