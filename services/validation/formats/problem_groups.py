"""The errors of a review in groups, most rows first: what the rows object keeps in its section `problems`.

Each group is one error of one value in one column: `{"column", "code", "value", "suggestion", "message", "rows"}`, rows
by number. The object's meta has the sums by column and by code,
and how many errors carry a suggestion.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from services.validation.domain.validation.judgement import JudgedRow
from shared.object_store.row_blocks import BlockWriter
from shared.people.model import Finding

_Key = tuple[str | None, str, str | None]


class ProblemGroups:
    """Gathers the errors row by row."""

    def __init__(self) -> None:
        # Most values are wrong once, so one row is kept as its number alone: of 150,000 rows lists would take 25 MB.
        self._rows = dict[_Key, int | list[int]]()
        self._first = dict[_Key, Finding]()
        self._by = {"columns": Counter[str | None](), "codes": Counter[str | None]()}
        self._seen = {"columns": dict[str | None, int](), "codes": dict[str | None, int]()}

    def add(self, row: JudgedRow) -> None:
        """One more row with errors."""
        for error in row.errors:
            key = error.column, error.code, error.value
            known = self._rows.get(key)
            if known is None:
                self._rows[key], self._first[key] = row.number, error
            elif isinstance(known, int):
                self._rows[key] = [known, row.number]
            else:
                known.append(row.number)
        self._count("columns", {error.column for error in row.errors}, row.number)
        self._count("codes", {error.code for error in row.errors}, row.number)

    def _count(self, by: str, names: "set[str] | set[str | None]", number: int) -> None:
        for name in names:
            self._by[by][name] += 1
            self._seen[by].setdefault(name, number)

    def finish(self) -> bytes:
        """The section."""
        groups, suggested = BlockWriter(), 0
        for record in self._records():
            groups.add(record, ())
        for key, error in self._first.items():
            if error.suggestion:
                rows = self._rows[key]
                suggested += 1 if isinstance(rows, int) else len(rows)
        sums: dict[str, Any] = {
            by: [[name, count, self._seen[by][name]] for name, count in counts.most_common()]
            for by, counts in self._by.items()
        }
        return groups.finish({**sums, "suggested": suggested})

    def _records(self) -> Iterator[bytes]:
        found = [(key, [rows] if isinstance(rows, int) else rows) for key, rows in self._rows.items()]
        for key, rows in sorted(found, key=lambda group: (-len(group[1]), group[1][0])):
            error = self._first[key]
            record: dict[str, Any] = {
                "column": error.column,
                "code": error.code,
                "value": error.value,
                "suggestion": error.suggestion,
                "message": error.message,
                "rows": rows,
            }
            yield orjson.dumps(record)
