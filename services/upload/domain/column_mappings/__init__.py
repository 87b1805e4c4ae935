"""What a company remembers of columns: which field, or nothing, it chose for a header."""
