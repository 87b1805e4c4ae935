"""Files that licensing writes."""
