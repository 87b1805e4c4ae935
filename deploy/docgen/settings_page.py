"""The page of all settings, made from the classes that read them."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from deploy.checkout import ROOT
from deploy.operate.services import SERVICES
from shared.core.settings import DEVELOPMENT_KEY_PREFIX, ServiceSettings

PAGE = ROOT / "docs" / "settings.md"
_HEAD = """# Settings

Every service reads its settings from the environment when it starts, and says in one sentence each which are wrong.
This page is made from the code by `./usher docs`; a test fails when it is not up to date.
"""


def page() -> str:
    """The page's text, in Markdown."""
    parts = [_HEAD, "## Every service\n", _table(ServiceSettings.model_fields.items())]
    for service in SERVICES:
        own = [(name, field) for name, field in settings_of(service).model_fields.items() if name not in _shared()]
        parts += [f"## {service}\n", _table(own)]
    return "\n".join(parts)


def _shared() -> set[str]:
    return set(ServiceSettings.model_fields)


def settings_of(service: str) -> type[ServiceSettings]:
    """The class that a service reads its settings with."""
    module = import_module(f"services.{service}.settings")
    found = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, ServiceSettings)]
    return max(found, key=lambda c: len(c.model_fields))


def _table(fields: Any) -> str:
    return "\n".join(["| Variable | Default | Means |", "| --- | --- | --- |", *_rows(fields), ""])


def _rows(fields: Any) -> Iterator[str]:
    for name, field in sorted(fields):
        yield f"| `USHER_{name.upper()}` | {_default(field)} | {(field.description or '').replace('|', '/')} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return ""
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
        if value.startswith(DEVELOPMENT_KEY_PREFIX):
            return "a development key, refused in production"
    text = ",".join(value) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType]
    return f"`{text}`" if text else ""
