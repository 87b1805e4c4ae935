"""`./usher contracts check`, `write`, `release`: the models against what is published. Development only (jsoncompat).

Two folders are committed. `schemas/`: what is generated from the models now. `released/`: the same as it was at the
last release, which is what subscribers have; changes are held to it, on any checkout, without network or git history.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from jsoncompat import check_compat

from usher_contracts.schemas import json_schema, rendered, schema_models
from usher_contracts.version import __version__

SCHEMAS = Path(__file__).parents[1] / "schemas"
RELEASED = Path(__file__).parents[1] / "released"
DOCUMENT = "asyncapi.json"


def check(folder: Path = SCHEMAS, released: Path = RELEASED) -> list[str]:
    """What is wrong with the committed schemas, a sentence each; empty where all is well.

    A schema that differs from its model is out of date; one that a model breaks for those who have the last release
    says for whom; a change since then needs a version of its own.
    """
    return _outdated(folder) + breaking(released) + _unversioned(released)


def write(folder: Path = SCHEMAS, released: Path = RELEASED) -> list[str]:
    """Brings the committed schemas up to date. Where a change would break somebody, writes nothing and says whom."""
    problems = breaking(released) + _unversioned(released)
    if problems:
        return problems
    _replace(folder, rendered())
    return []


def release(folder: Path = SCHEMAS, released: Path = RELEASED) -> list[str]:
    """Makes the committed schemas the last release. Where something is wrong with them, does nothing and says what."""
    problems = check(folder, released)
    if problems:
        return problems
    _replace(released, _texts(folder))
    return []


def version_of(released: Path = RELEASED) -> str | None:
    """The last release's version; None before the first."""
    text = _texts(released).get(DOCUMENT)
    return None if text is None else str(json.loads(text)["info"]["version"])


def breaking(released: Path) -> list[str]:
    """Changes since the last release that are not backward compatible."""
    present, problems = schema_models(), list[str]()
    for name, text in _texts(released).items():
        model = name.removesuffix(".json")
        if model in present:
            problems += breaks(model, json.loads(text), json_schema(model), json_schema(model, "validation"))
        elif name != DOCUMENT:
            problems.append(f"{model}: it was released, and belongs to no model any more. Put the model back.")
    return problems


def breaks(name: str, released: dict[str, Any], written: dict[str, Any], read: dict[str, Any]) -> list[str]:
    """Whom a change of one schema breaks.

    `released`: the schema as published; `written`: of what is written now; `read`: of what is understood now.
    """
    problems: list[str] = []
    # jsoncompat takes a schema's own address for a reference to somewhere else.
    released, written, read = ({k: v for k, v in s.items() if k != "$id"} for s in (released, written, read))
    if not check_compat(json.dumps(released), json.dumps(written), "serializer"):
        problems.append(
            f"{name}: its readers would no longer understand what is written (a field removed or given another type, "
            "or a new value in a list). A new meaning is a new version."
        )
    # Nobody ever wrote a field that the released schema doesn't name, so it is closed for this comparison:
    # else every new field would count as one that old events might carry in another type.
    if not check_compat(json.dumps(_closed(released)), json.dumps(read), "deserializer"):
        problems.append(f"{name}: events that are on the topic could no longer be read. New fields are optional.")
    return problems


def _outdated(folder: Path) -> list[str]:
    generated, present = rendered(), _texts(folder)
    problems = [f"{name} is not there: run ./usher contracts write." for name in sorted(generated.keys() - present)]
    problems += [f"{name} belongs to no model: remove it." for name in sorted(present.keys() - generated)]
    different = sorted(name for name in present.keys() & generated if present[name] != generated[name])
    return problems + [f"{name} differs from its model: run ./usher contracts write." for name in different]


def _unversioned(released: Path) -> list[str]:
    last = version_of(released)
    if last != __version__ or _texts(released) == rendered():
        return []
    return [f"Something has changed since {last} was released: raise the version in usher_contracts/version.py."]


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}


def _replace(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(value) for value in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in cast(dict[str, Any], node).items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
