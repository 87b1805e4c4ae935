"""A company's users as its directory sees them."""
