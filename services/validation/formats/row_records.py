"""Judged rows as they travel: one JSON object a row (usher_contracts.Row), in blocks, found by outcome and code. Beside
them stand the numbers of all rows and the errors in groups, by which they are corrected."""

import zlib
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.validation.domain.validation.judgement import JudgedRow
from services.validation.formats.problem_groups import ProblemGroups
from shared.object_store.row_blocks import BlockWriter
from shared.people.model import CUSTOM, Finding
from shared.people.profile import METHODOLOGIES


class RowsObject:
    """Collects a review's rows and makes the object's bytes of them.

    Sections: `numbers`, the rows' numbers in the sheet, four bytes each, packed; `problems` (problem_groups.py).
    """

    def __init__(self) -> None:
        self._rows, self._numbers, self._problems = BlockWriter(), array("I"), ProblemGroups()

    def add(self, row: JudgedRow) -> None:
        """One more row."""
        self._rows.add(orjson.dumps(record(row)), labels(row))
        self._numbers.append(row.number)
        if row.errors:
            self._problems.add(row)

    def finish(self, meta: Mapping[str, Any]) -> bytes:
        """The whole object; ``meta`` belongs to all rows."""
        numbers = zlib.compress(self._numbers.tobytes(), level=1)
        return self._rows.finish(meta, {"numbers": numbers, "problems": self._problems.finish()})


def labels(row: JudgedRow) -> list[str]:
    """What the row is found by: the outcome, "warning", "code:…" for each code that it carries, and "column:…" for each
    column that is wrong."""
    if not row.errors and not row.warnings:
        return [row.outcome]
    codes = {f"code:{finding.code}" for finding in (*row.errors, *row.warnings)}
    columns = {f"column:{finding.column}" for finding in row.errors if finding.column}
    return [row.outcome, *(["warning"] if row.warnings else []), *sorted(codes | columns)]


def record(row: JudgedRow) -> dict[str, Any]:
    """The row as JSON that `usher_contracts.Row` reads."""
    made: dict[str, Any] = {"row": row.number, "outcome": row.outcome, "email": row.email}
    made["values"] = _values(row.values)
    if row.methodologies:
        made["values"][METHODOLOGIES] = row.methodologies
    if row.errors:
        made["errors"] = [_finding(finding) for finding in row.errors]
    if row.warnings:
        made["warnings"] = [_finding(finding) for finding in row.warnings]
    if row.changes:
        made["changes"] = [{"field": c.field, "from": c.before, "to": c.after} for c in row.changes]
    if row.presumes:
        p = row.presumes
        made["presumes"] = {
            "user_id": p.user_id,
            "version": p.version,
            "manager_id": p.manager_id,
            "manager_status": p.manager_status,
        }
    return made


def _values(values: Mapping[str, str]) -> dict[str, Any]:
    own = dict(_custom(values))
    made: dict[str, Any] = {key: value for key, value in values.items() if not key.startswith(CUSTOM)}
    return {**made, "custom_fields": own} if own else made


def _custom(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((key[len(CUSTOM) :], value) for key, value in values.items() if key.startswith(CUSTOM))


def _finding(finding: Finding) -> dict[str, str | None]:
    return {
        "code": finding.code,
        "column": finding.column,
        "message": finding.message,
        "value": finding.value,
        "suggestion": finding.suggestion,
    }
