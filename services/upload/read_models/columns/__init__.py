"""What the columns of a file are, and what a company remembers of columns."""
