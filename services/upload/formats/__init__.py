"""Files as the world has them."""
