"""What a command fails with."""


class CommandError(Exception):
    """What keeps a command from being carried out, in one sentence that says what to do."""
