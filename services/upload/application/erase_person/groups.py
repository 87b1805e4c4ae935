"""Which batches a person may be in, and which of them share the numbers of their rows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

REFS = ("original_ref", "rows_ref", "annotated_ref", "corrections_ref", "left_out_ref", "columns_ref", "mapping_ref")
"""The columns of `batches` that name objects."""


@dataclass(frozen=True, slots=True)
class BatchRefs:
    """A batch as far as its objects go."""

    id: UUID
    uploaded_at: datetime
    status: str
    processed: bool
    replaces: UUID | None
    undoes: UUID | None
    refs: Mapping[str, str | None]

    @property
    def under_way(self) -> bool:
        """Whether another service works on its objects, or is about to: it is validated, or confirmed and not yet
        carried out."""
        return self.status == "validating" or (self.status == "processing" and not self.processed)

    @property
    def objects(self) -> set[str]:
        """All of them."""
        return {ref for ref in self.refs.values() if ref}


def from_before(batches: Sequence[BatchRefs], moment: datetime) -> list[BatchRefs]:
    """Those that say something from before that moment: they were uploaded then, or were made of one that was, by
    corrections or as its undo."""
    found = dict[UUID, BatchRefs]()
    for each in sorted(batches, key=lambda batch: batch.uploaded_at):
        of = each.replaces if each.refs.get("corrections_ref") else each.undoes
        if each.uploaded_at < moment or of in found:
            found[each.id] = each
    return list(found.values())


def by_numbers(batches: Sequence[BatchRefs]) -> list[list[BatchRefs]]:
    """In groups in which a row has the same number: those with the same file, and with the one that was made of it by
    corrections."""
    group_of, files, groups = dict[UUID, int](), dict[str, int](), dict[int, list[BatchRefs]]()
    for n, each in enumerate(batches):
        original = each.refs.get("original_ref")
        corrected = each.replaces if each.refs.get("corrections_ref") else None
        joined = {group_of[corrected]} if corrected and corrected in group_of else set[int]()
        joined |= {files[original]} if original and original in files else set()
        target = min(joined, default=n)
        groups.setdefault(target, []).append(each)
        for other in joined - {target}:
            groups[target] += groups.pop(other)
        for one in groups[target]:
            group_of[one.id] = target
            if ref := one.refs.get("original_ref"):
                files[ref] = target
    return list(groups.values())
