"""A company's directory for development: speaks SCIM as Entra ID does."""
