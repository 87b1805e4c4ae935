"""What a command does in its transaction: lock, gather what is so, decide, append. One module a use case.

The order of locks is the same everywhere, so that nobody waits for each other: the company's advisory lock (alone for a
confirmed batch and for what changes who reports to whom, else shared), addresses in their order, the company's row,
event rows, projections; the append lock is the store's, last of all.
"""
