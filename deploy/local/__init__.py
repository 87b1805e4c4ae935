"""The development stack: everything that Usher stands on, on one machine, from packages alone. Also the tests' fixtures."""
