"""How a terminal shows the main job."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_WIDE = 118
"""Characters a line of tables needs to be read with ease."""


def terminal() -> Console:
    """The terminal, at its own width; wide where the output goes into a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


class Show:
    """Steps with a number, tables, sentences."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, width=_WIDE)
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
        self._findings(rows, "errors", "What to do")

    def warnings(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows to look at twice."""
        self._findings(rows, "warnings", "Look at it twice")

    def _findings(self, rows: Iterable[Mapping[str, Any]], kind: str, heading: str) -> None:
        found = [(row["row"], each) for row in rows for each in row[kind]]
        cells = [(number, each["column"], each["value"], each["message"]) for number, each in found]
        self.table(("Row", "Column", "Value", heading), cells)

    def changes(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """What will be different for whom."""
        found = [(row["email"], each["field"], each["from"], each["to"]) for row in rows for each in row["changes"]]
        self.table(("User", "Field", "Now", "Will be"), found)

    def people(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Who will be invited."""
        found = [(row["row"], row["email"], _name(row["values"]), row["values"].get("reports_to")) for row in rows]
        self.table(("Row", "Will be invited", "Name", "Reports To"), found)


def _name(values: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
