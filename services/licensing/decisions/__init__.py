"""Rules: commands and what they mean, one module an aggregate. Pure: time and ids come in with the command."""
