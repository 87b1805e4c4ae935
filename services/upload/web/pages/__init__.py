"""The pages: a module each, from a request to a view that a template shows."""
