"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option("--data", help="The stack's data directory.")]
DEFAULT_DATA = Path(".usher")
