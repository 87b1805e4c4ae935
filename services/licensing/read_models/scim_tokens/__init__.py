"""Tokens of a company's directories."""
