"""`./usher contracts check` and `write`: the committed schemas against the models. Development only (jsoncompat)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from jsoncompat import check_compat

from usher_contracts.schemas import json_schema, rendered, schema_models

SCHEMAS = Path(__file__).parents[1] / "schemas"


def check(folder: Path = SCHEMAS) -> list[str]:
    """What is wrong with the committed schemas, a sentence each; empty where all is well.

    A schema that differs from its model is out of date; one that the model breaks says for whom.
    """
    generated = rendered()
    present = {path.name for path in folder.glob("*.json")}
    problems = [f"{name} is not there: run ./usher contracts write." for name in sorted(generated.keys() - present)]
    problems += [f"{name} belongs to no model: put the model back." for name in sorted(present - generated.keys())]
    for name in sorted(present & generated.keys()):
        if (folder / name).read_text() != generated[name]:
            problems.append(f"{name} differs from its model: run ./usher contracts write.")
    return problems + incompatible(folder)


def write(folder: Path = SCHEMAS) -> list[str]:
    """Brings the committed schemas up to date. Where a change would break somebody, writes nothing and says whom."""
    problems = incompatible(folder)
    if problems:
        return problems
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text)
    return []


def incompatible(folder: Path) -> list[str]:
    """Changes against the committed schemas that are not backward compatible."""
    problems: list[str] = []
    for name in schema_models():
        path = folder / f"{name}.json"
        if path.exists():
            problems += breaks(name, json.loads(path.read_text()), json_schema(name), json_schema(name, "validation"))
    return problems


def breaks(name: str, committed: dict[str, Any], written: dict[str, Any], read: dict[str, Any]) -> list[str]:
    """Whom a change of one schema breaks.

    `committed`: the schema as published; `written`: of what is written now; `read`: of what is understood now.
    """
    problems: list[str] = []
    # jsoncompat takes a schema's own address for a reference to somewhere else.
    committed, written, read = ({k: v for k, v in s.items() if k != "$id"} for s in (committed, written, read))
    if not check_compat(json.dumps(committed), json.dumps(written), "serializer"):
        problems.append(
            f"{name}: its readers would no longer understand what is written (a field removed or given another type, "
            "or a new value in a list). A new meaning is a new version."
        )
    # Nobody ever wrote a field that the committed schema doesn't name, so it is closed for this comparison:
    # else every new field would count as one that old events might carry in another type.
    if not check_compat(json.dumps(_closed(committed)), json.dumps(read), "deserializer"):
        problems.append(f"{name}: events that are on the topic could no longer be read. New fields are optional.")
    return problems


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(value) for value in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in cast(dict[str, Any], node).items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
