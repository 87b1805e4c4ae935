"""How Usher is run: the command line, and the development stack that it starts."""
