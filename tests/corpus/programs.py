"""Writers and readers of other makes, each in an environment of its own: made once from what is locked beside this
file, kept under .usher. What a machine lacks is said by `missing`."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from deploy.docgen import environments

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
KEPT = ROOT / ".usher" / "corpus"
NEEDS = {"python": (), "js": ("node", "npm"), "go": ("go",), "libreoffice": ("soffice",)}
"""What each needs of the machine."""


class ProgramFailed(Exception):
    """Another program did not do what it was asked for; the message is what it said."""


def missing(kind: str) -> list[str]:
    """What the machine lacks for programs of this kind."""
    return [program for program in NEEDS[kind] if shutil.which(program) is None]


def write(kind: str, writer: str, people: object, path: Path) -> None:
    """The people as a workbook by that writer."""
    _run(*_command(kind), "write", *([writer] if kind != "go" else []), str(path), given=json.dumps(people))


def read(kind: str, reader: str, paths: Sequence[Path]) -> dict[str, Any]:
    """What that reader sees in each workbook's first sheet, by the file's name: `cells`, `notes`, `fills`; `error`."""
    names = [str(path) for path in paths]
    said = _run(*_command(kind), "read", *([reader] if kind != "go" else []), *names)
    return {Path(name).name: seen for name, seen in json.loads(said).items()}


def opened_by_libreoffice(paths: Sequence[Path], folder: Path) -> dict[str, Path]:
    """Each workbook as LibreOffice has it, saved as one flat XML file, by the workbook's name."""
    profile = folder / "profile"
    _run(
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{profile}",
        "--convert-to",
        "fods",
        "--outdir",
        str(folder),
        *map(str, paths),
    )
    return {path.name: made for path in paths if (made := folder / f"{path.stem}.fods").exists()}


@cache
def _command(kind: str) -> tuple[str, ...]:
    match kind:
        case "python":
            python = environments.locked(HERE / "python" / "requirements.txt", KEPT)
            return str(python), str(HERE / "python" / "corpus.py")
        case "js":
            return "node", str(_node() / "corpus.js")
        case _:
            return (str(_go()),)


def _node() -> Path:
    files = [HERE / "js" / name for name in ("package-lock.json", "package.json", "corpus.js", ".npmrc")]
    made, new = _folder("js", *files)
    if new:
        for file in files:
            shutil.copy(file, made)
        _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=made)
        (made / "complete").touch()
    return made


def _go() -> Path:
    made, new = _folder("go", *(HERE / "go" / name for name in ("go.mod", "go.sum", "main.go")))
    if new:
        _run("go", "build", "-mod=readonly", "-o", str(made / "corpus"), ".", cwd=HERE / "go")
        (made / "complete").touch()
    return made / "corpus"


def _folder(kind: str, *files: Path) -> tuple[Path, bool]:
    """Where programs of this kind are kept, and whether they have still to be made."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    made = KEPT / f"{kind}-{digest}"
    made.mkdir(parents=True, exist_ok=True)
    return made, not (made / "complete").exists()


def _run(*command: str, given: str | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode:
        raise ProgramFailed(f"{' '.join(command[:4])} …: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout
