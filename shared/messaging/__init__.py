"""Kafka: what is published from the log, and what is taken in, once and in order."""
