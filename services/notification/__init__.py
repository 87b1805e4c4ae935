"""Notification: tells people by mail what happened, and the others what was delivered."""
