"""Processes that work on what strangers sent, behind walls of the kernel."""
