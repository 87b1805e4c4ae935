"""What the site is built from: docs/, and beside it what a reader of docs/ alone would miss."""

import json
import re
import shutil
from pathlib import Path

from deploy.checkout import ROOT
from deploy.docgen.site.navigation import navigation
from deploy.operate.errors import CommandError

CONFIGURATION = Path(__file__).with_name("mkdocs.yml")
_SCHEMAS = ROOT / "shared" / "contracts" / "schemas"
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\n]+)\]\((?P<target>[^)\s]+)\)")
_DOCS = ROOT / "docs"
_ASYNCAPI = """# AsyncAPI

The [document](schemas/asyncapi.json) as a reference, searchable. Without JavaScript, read [Events](events.md).

<asyncapi-viewer src="schemas/asyncapi.json" sidebar></asyncapi-viewer>
"""


def stage(folder: Path) -> Path:
    """Lays it all into `folder`; the configuration's path. Raises CommandError for a link that leads nowhere."""
    docs = folder / "docs"
    shutil.copytree(_DOCS, docs)
    shutil.copytree(_SCHEMAS, docs / "schemas")
    for page in sorted(_DOCS.rglob("*.md")):
        (docs / page.relative_to(_DOCS)).write_text(within(page), encoding="utf-8")
    (docs / "contributing.md").write_text(within(ROOT / "CONTRIBUTING.md"), encoding="utf-8")
    shutil.copy(CONFIGURATION.with_name("usher.css"), docs)
    (docs / "asyncapi.md").write_text(_ASYNCAPI, encoding="utf-8")
    target = folder / "mkdocs.yml"
    navigated = f"nav: {json.dumps(navigation(docs))}\n"  # JSON is YAML
    target.write_text(CONFIGURATION.read_text(encoding="utf-8") + navigated, encoding="utf-8")
    return target


def within(page: Path) -> str:
    """A page's text as the site shows it. Raises CommandError."""
    return shown(page.read_text(encoding="utf-8"), page)


def shown(text: str, page: Path) -> str:
    """The text of `page` with the links that leave docs/ as the names of what they lead to, which must be there."""

    def link(found: re.Match[str]) -> str:
        words, target = found["text"], found["target"].partition("#")[0]
        path = (page.parent / target).resolve()
        if not target or "://" in target:
            return found[0]
        if path.is_relative_to(_DOCS):
            # A page from elsewhere stands at the top of the site.
            return found[0] if page.is_relative_to(_DOCS) else found[0].replace(target, str(path.relative_to(_DOCS)))
        if not path.exists():
            raise CommandError(f"{page.relative_to(ROOT)} links to {target}, and nothing is there.")
        name = f"`{path.relative_to(ROOT)}`"
        return words if words.strip("`/") == name.strip("`/") else f"{words} ({name})"

    return _LINK.sub(link, text)
