"""Work that is put into a table beside the events that ask for it, and done by leased workers."""
