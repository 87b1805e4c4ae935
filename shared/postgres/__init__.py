"""Connections, schema, row-level security, notifications and leases in PostgreSQL."""
