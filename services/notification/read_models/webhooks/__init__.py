"""Webhooks as the fold of their streams; their secrets and their queues beside them."""
