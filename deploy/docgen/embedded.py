"""Programs that a page of docs/ shows: the block below `<!-- PATH -->` is that file, as it is."""

import re

from deploy.checkout import ROOT

SUBSCRIBERS = ROOT / "docs" / "subscribers.md"
_SHOWN = re.compile(r"(?P<mark><!-- (?P<path>[\w./-]+) -->\n```python\n).*?(?P<end>```\n)", re.DOTALL)


def subscribers() -> str:
    """The page for subscribers with its programs as they are now."""
    return _SHOWN.sub(_with_program, SUBSCRIBERS.read_text(encoding="utf-8"))


def _with_program(block: re.Match[str]) -> str:
    return block["mark"] + (ROOT / block["path"]).read_text(encoding="utf-8") + block["end"]
