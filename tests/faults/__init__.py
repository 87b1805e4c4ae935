"""Tries to break every promise of docs/guarantees.md, on real Kafka, Postgres and SMTP conversations."""
