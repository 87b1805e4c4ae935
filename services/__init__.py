"""The services. None imports another: they share contracts and mechanism alone."""
