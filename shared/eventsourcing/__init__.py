"""Events, deciders, the log and what is projected from it."""
