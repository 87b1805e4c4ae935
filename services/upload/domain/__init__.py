"""The rules of a batch, pure: facts in, facts out."""
