"""The package's version: of the next release, or of the last one where nothing has changed since."""

__version__ = "1.1.0"
