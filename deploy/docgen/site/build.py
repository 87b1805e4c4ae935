"""Builds the site, with MkDocs in an environment of its own: it is large, and nothing else of Usher needs it."""

import subprocess
import tempfile
from pathlib import Path

from deploy.checkout import ROOT
from deploy.docgen import environments
from deploy.docgen.site.stage import stage
from deploy.operate.errors import CommandError

_ENVIRONMENT = ROOT / ".venv-docs"
_LOCK = ROOT / "requirements-docs.txt"


def build(folder: Path) -> None:
    """Puts the site into `folder`. Raises CommandError with MkDocs' own words where a page or a link is wrong."""
    mkdocs = (_python(), "-m", "mkdocs", "build", "--strict")  # --quiet would hide what --strict counts
    with tempfile.TemporaryDirectory(prefix="usher-docs-") as staged:
        configuration = stage(Path(staged))
        command = (*mkdocs, "--config-file", configuration, "--site-dir", folder.resolve())
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"The site was not built.\n{done.stdout}{done.stderr}")


def _python() -> Path:
    """The environment's Python; made anew when the lock has changed."""
    stamp = _ENVIRONMENT / "usher-requirements"
    if not stamp.exists() or stamp.read_bytes() != _LOCK.read_bytes():
        environments.make(_ENVIRONMENT, "--require-hashes", "--requirement", _LOCK)
        stamp.write_bytes(_LOCK.read_bytes())
    return _ENVIRONMENT / "bin" / "python"
