"""Licensing: companies, their licenses and users; settles confirmed batches, and answers for My Team."""
