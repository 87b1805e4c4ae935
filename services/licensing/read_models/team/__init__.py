"""My Team: who is in a company, as of now, kept in the transaction of the events."""
