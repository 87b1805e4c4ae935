"""Who is forgotten."""

from collections.abc import Iterator

from tests.e2e.kept_bytes import kept, where
from tests.faults.evidence import Evidence


def who_is_erased_is_nowhere(seen: Evidence) -> Iterator[str]:
    """Nothing that said who they were is in a table of the four databases or in an object, by bytes. Kafka's topics of
    events keep what was published for as long as their retention is."""
    if texts := sorted(text for admin in seen.admins for text in admin.done.erased):
        for place, found in where(kept(seen.harness.tests), texts).items():
            yield f"{place}: {sorted(found)}"
