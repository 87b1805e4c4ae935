"""The development stack: all that Usher stands on, on one machine, from packages alone. Also the tests' fixtures."""
