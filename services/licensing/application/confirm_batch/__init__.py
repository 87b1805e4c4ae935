"""Confirming a batch: the one command that is about many thousand users at once.

Read in bulk, decided in memory on small facts, appended in portions; all in one transaction.
"""
