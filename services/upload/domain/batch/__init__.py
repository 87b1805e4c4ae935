"""The batch: its facts, the state that they make, and what may be done with it."""
