"""The tables that are kept from the stored events."""
