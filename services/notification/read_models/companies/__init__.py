"""The companies' names."""
