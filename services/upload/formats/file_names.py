"""Names of files: those that come in made harmless, those that go out as a header has them."""

import re
import unicodedata
from pathlib import PurePath
from urllib.parse import quote

_MAX_LENGTH = 200


def harmless(name: str) -> str:
    """A file's name without folders, control characters and marks that change the direction of writing."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")).strip()
    if len(shown) > _MAX_LENGTH:
        stem, dot, kind = shown.rpartition(".")
        kind = dot + kind if len(kind) < 8 and stem else ""
        shown = shown[: _MAX_LENGTH - len(kind)] + kind
    return shown or "workbook.xlsx"


def disposition(name: str) -> str:
    """Content-Disposition for a file of this name (RFC 6266): plain ASCII for old readers, UTF-8 for the others."""
    plain = re.sub(r"[^\w .()+,=@~-]", "_", name, flags=re.ASCII).strip() or "workbook.xlsx"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def xlsx_name(name: str, suffix: str = "") -> str:
    """The file's own name with `suffix` before its ending, which is always .xlsx: that is what the content is."""
    return f"{_stem(name)}{suffix}.xlsx"


def text_name(name: str) -> str:
    """The name of a text with values (csv)."""
    return name if PurePath(name).suffix.lower() in _TEXTS else f"{_stem(name)}.csv"


_TEXTS = (".csv", ".tsv", ".txt")


def _stem(name: str) -> str:
    path = PurePath(name)
    return path.stem if path.suffix.lower() in (".xlsx", *_TEXTS) else name
