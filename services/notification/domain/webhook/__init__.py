"""A webhook: an address that is told events over HTTP."""
