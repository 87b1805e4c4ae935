"""The rules of mails, batches and companies. Pure: no I/O, no clock, no chance."""
