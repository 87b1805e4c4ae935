"""Looking into an uploaded file in a sandbox, before anything is kept of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from services.upload.formats.content_sniffing import Encrypted, Objection, sniff
from shared.people.messages import NotXlsx
from shared.sandbox.pool import Limits, Sandbox, SandboxDied

PRELOAD = (sniff.__module__,)
"""What a sandbox that sniffs should have imported."""

_NOT_XLSX: tuple[NotXlsx, ...] = get_args(NotXlsx)
_ALL: tuple[Objection, ...] = (*_NOT_XLSX, *get_args(Encrypted))
_OBJECTIONS: Mapping[str, Objection] = {str(kind): kind for kind in _ALL}
_LIMITS = Limits(memory_bytes=384 * 1024 * 1024, cpu_seconds=10, wall_seconds=30.0)
_LOCK_NAMES = ("~$", ".~lock.")


async def inspect(sandbox: Sandbox, path: Path, name: str) -> Objection | None:
    """None for what looks like an xlsx workbook, or like a text with values. `name`: what the file was called, which
    only tells one thing that is none from another. Raises SandboxUnavailable (try again later)."""
    try:
        answer = (await sandbox.run(sniff, str(path), limits=_LIMITS, reads=[path])).decode()
    except SandboxDied:  # a zip that can't even be listed within the limits; reading it will say so
        return None
    found = _OBJECTIONS.get(answer)
    return "lock" if found in _NOT_XLSX and name.startswith(_LOCK_NAMES) else found
