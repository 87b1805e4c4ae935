"""Intake, review and confirmation of batches, and the admin's pages."""
