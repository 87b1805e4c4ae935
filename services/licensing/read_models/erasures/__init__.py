"""Who is to be forgotten, and what is done of it where."""
