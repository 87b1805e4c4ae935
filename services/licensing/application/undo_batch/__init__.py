"""Undoing a batch: what it comes to is reviewed, and done when that was confirmed.

What a batch did is in the log: all that was committed together with its settling. Like a batch it is read in portions,
decided on small facts, and done in one transaction.
"""
