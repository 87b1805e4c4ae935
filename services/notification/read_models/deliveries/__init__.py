"""Deliveries to webhooks: what is told, and what became of it. Jobs, not history: no event stands behind a row."""
