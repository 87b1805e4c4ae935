"""The rules: commands, and what each means in each state. Pure."""
