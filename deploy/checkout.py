"""The checkout that the developers' commands work in. Nothing of it is known in the image."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
