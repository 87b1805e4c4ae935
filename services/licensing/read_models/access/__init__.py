"""What a company has bought, what of it is left, and who may buy more."""
