"""What is known of a person as a sheet: a row for each value, with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.erasure.known import Known

HEAD = ("Service", "Place", "Id", "Type", "At", "Field", "Value")


def rows(everything: Mapping[str, Sequence[Known]]) -> Iterator[Sequence[str]]:
    """The rows below the head: of each service what it knows."""
    for service, found in everything.items():
        for known in found:
            at = "" if known.at is None else known.at.isoformat()
            for field, value in known.values.items():
                yield service, known.place, known.id, known.type or "", at, field, value
