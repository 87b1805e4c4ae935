"""How Usher is run and shown: operators' commands, the development stack, what writes pages of docs/."""
