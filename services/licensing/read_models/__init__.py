"""What is read of licensing: kept in the transaction of its events, or of what others tell."""
