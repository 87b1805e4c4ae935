"""Mechanism that every service stands on: event store, relay, inbox, jobs, HTTP edges. No business words live here."""
