"""Seats: one row a company, so that purchased, occupied and the counts by status are one consistent reading."""
