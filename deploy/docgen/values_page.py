"""The page of all values of the Helm chart, made from the schema that checks them and the file with their defaults."""

import json
from collections.abc import Iterator
from typing import Any

from deploy.checkout import ROOT
from deploy.docgen.chart_files import CHART, SCHEMA
from deploy.operate.services import SERVICES

PAGE = ROOT / "docs" / "values.md"
_HEAD = """# Values of the chart

What can be said to `deploy/chart`. A value that is not on this page is refused, and so is one that makes no sense.
RELEASE stands for the release's name with `-usher`, or `usher` alone where the release is called so.
[How to install it](kubernetes.md). This page is made from `values.schema.json` and `values.yaml` by `./usher docs`; a
test fails when it is not up to date.
"""
_EVERY = """\
Each service has these. They are given once for all under `defaults`, and for one service, over that, under
`services.upload`, `services.licensing`, `services.validation` and `services.notification`.
"""

_WHOLE = ("settings", "resources", *SERVICES)
"""Values that are shown as one: what stands in them is explained elsewhere."""

Schema = dict[str, Any]


def page() -> str:
    """The page's text, in Markdown."""
    import yaml  # a developer's dependency: the image has none of it

    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    rows = list(_rows(document, document, defaults, ""))
    sections = [_HEAD, "## General\n", _table(row for row in rows if "." not in row[0])]
    for name in document["properties"]:
        own = [row for row in rows if row[0].startswith(f"{name}.")]
        if own:
            sections += [f"## {name}\n", *([_EVERY] if name == "defaults" else []), _table(iter(own))]
    return "\n".join(sections)


def _rows(schema: Schema, document: Schema, default: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Every value below a schema: its name, its default, what it means."""
    known = _resolved(schema, document)
    named = known.get("properties", {})
    if not named or path.rpartition(".")[2] in _WHOLE:
        yield path, _shown(default), schema.get("description") or f"What {path.rpartition('.')[2]} has over `defaults`."
        return
    for name, each in named.items():
        below = default.get(name) if isinstance(default, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        yield from _rows(each, document, below, f"{path}.{name}" if path else name)


def _resolved(schema: Schema, document: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    target = _resolved(document["$defs"][schema["$ref"].rpartition("/")[2]], document)
    return {**target, **schema, "properties": {**target.get("properties", {}), **schema.get("properties", {})}}


def _shown(default: Any) -> str:
    return "" if default in (None, "", [], {}) else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _table(rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [f"| `{name}` | {default} | {means.replace('|', '/')} |" for name, default, means in rows]
    return "\n".join(["| Value | Default | Means |", "| --- | --- | --- |", *lines, ""])
