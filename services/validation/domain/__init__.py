"""The rules of a validation. Pure: no I/O, no clock, no chance."""
