"""Read model: what licensing says of each company."""
