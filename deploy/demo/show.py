"""How the demo shows what it did."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


class Show:
    """Steps with a number, tables, sentences."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, width=None if console else 118)
        self._step = 0

    def step(self, title: str) -> None:
        """A new step."""
        self._step += 1
        self.console.print(f"\n[bold]{self._step}. {title}[/bold]")

    def say(self, sentence: str) -> None:
        """A sentence, as it is: brackets in it are no markup."""
        self.console.print(Padding(Text(sentence), (0, 0, 0, 3)))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table of texts."""
        table = Table(*columns, box=None, padding=(0, 2, 0, 3), header_style="dim")
        for row in rows:
            table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        self.console.print(table)

    def errors(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that need a correction: where, what, what to do."""
        found = [(row["row"], error) for row in rows for error in row["errors"]]
        cells = [(number, error["column"], error["value"], error["message"]) for number, error in found]
        self.table(("Row", "Column", "Value", "What to do"), cells)

    def changes(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """What will be different for whom."""
        found = [(row["email"], each["field"], each["from"], each["to"]) for row in rows for each in row["changes"]]
        self.table(("User", "Field", "Now", "Will be"), found)
