"""A small OpenID Connect issuer for development: discovery, keys, sign-in by picking a person, JWT access tokens."""
