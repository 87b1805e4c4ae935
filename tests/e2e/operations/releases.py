"""Two releases of the source: the last one, and one that is to come."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.faults.mutants import ROOT, Change, Mutant, plant

PARTS = ("services", "shared")
NEWS = "usher.RowsCounted.v1"
"""The contract event that only the coming release knows, made of a stored event that only it knows."""
NOTE = "told by the newer one"
"""What only the coming release says in BatchConfirmed."""


def last_release(tree: Path) -> str:
    """Puts the last release's source there; which one it is: the newest tag `v*`, else what was committed last, else,
    where there is no history, what is here."""
    for name in _git("tag", "--list", "v*", "--sort=-v:refname").split()[:1] or ["HEAD"]:
        archived = subprocess.run(("git", "archive", name, *PARTS), cwd=ROOT, capture_output=True, check=False)
        if archived.returncode == 0:
            with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as archive:
                archive.extractall(tree, filter="data")
            return name
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    return "the present source"


def coming_release(tree: Path) -> None:
    """Puts the present source there, with an optional field more in a stored and in a contract event, and with a new
    event. Raises AssertionError where the code has moved on."""
    plant(Mutant("coming-release", _NEW_FIELD + _NEW_EVENT, "", ""), tree)


def _git(*arguments: str) -> str:
    done = subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


_NEW_FIELD = (
    Change(
        "shared/contracts/usher_contracts/batches.py",
        "    rows: ObjectRef\n    file_name: str | None = None\n",
        "    rows: ObjectRef\n    note: str | None = None\n    file_name: str | None = None\n",
    ),
    Change(
        "services/upload/integration_events.py",
        "                file_name=file_name,\n",
        f"                file_name=file_name,\n                note={NOTE!r},\n",
    ),
    Change(
        "services/upload/domain/batch/events.py",
        '    """Of an undo: the batch that it undoes."""\n\n\n@dataclass(frozen=True, slots=True)\n'
        "class BatchApprovalRequested:\n",
        "    note: str = 'kept by the newer one'\n\n\n@dataclass(frozen=True, slots=True)\n"
        "class BatchApprovalRequested:\n",
    ),
)
_NEW_EVENT = (
    Change(
        "services/validation/domain/validation/events.py",
        "ValidationEvent: TypeAlias = ValidationRequested | BatchPassed | BatchFailed | ValidationAbandoned\n",
        "@dataclass(frozen=True, slots=True)\n"
        "class RowsCounted:\n"
        "    rows: int\n\n\n"
        "ValidationEvent: TypeAlias = (\n"
        "    ValidationRequested | BatchPassed | BatchFailed | ValidationAbandoned | RowsCounted\n)\n",
    ),
    Change(
        "services/validation/domain/stored_events.py",
        '        "validation-abandoned.v1": ValidationAbandoned,\n',
        '        "validation-abandoned.v1": ValidationAbandoned,\n        "rows-counted.v1": RowsCounted,\n',
    ),
    Change(
        "services/validation/integration_events.py",
        "        case ValidationRequested() | ValidationAbandoned():\n",
        "        case RowsCounted(rows):\n"
        "            data = b'{\"rows\": %d}' % rows\n"
        f"            return [Outgoing({'usher.validations.v1'!r}, str(recorded.context.company_id), {NEWS!r}, data)]\n"
        "        case ValidationRequested() | ValidationAbandoned():\n",
    ),
    Change(
        "services/validation/domain/stored_events.py",
        "    BatchPassed,\n    ValidationAbandoned,\n",
        "    BatchPassed,\n    ValidationAbandoned,\n    RowsCounted,\n",
    ),
    Change(
        "services/validation/integration_events.py",
        "    BatchPassed,\n    ValidationAbandoned,\n",
        "    BatchPassed,\n    ValidationAbandoned,\n    RowsCounted,\n",
    ),
    Change(
        "services/validation/application/validate_file.py",
        "Conclude(run, verdict), context)\n",
        "Conclude(run, verdict), context)\n"
        '            await tx.append(f"counted-{batch_id}", 0, [RowsCounted(verdict.counts.rows)], context)\n',
    ),
    Change(
        "services/validation/application/validate_file.py",
        "from services.validation.domain.validation.decide import VALIDATION\n",
        "from services.validation.domain.validation.decide import VALIDATION\n"
        "from services.validation.domain.validation.events import RowsCounted\n",
    ),
)
