"""Read model: a company's batches as the HTTP interface shows them."""
