"""Rules of licensing, an aggregate a folder. Pure: time and ids come in with the command."""
