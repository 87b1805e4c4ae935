"""One mail: from being queued to its end."""
