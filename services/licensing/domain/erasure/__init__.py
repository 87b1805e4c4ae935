"""That somebody is to be forgotten."""
