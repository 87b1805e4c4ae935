"""What stands under a field in its model's source, as the field's description. For generating schemas alone: pydantic's
own `use_attribute_docstrings` would have every process read the sources as it starts."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from usher_contracts.base import Model


def described(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Adds the descriptions to schemas, each under its model's name."""
    models = {model.__name__: model for model in _below(Model)}
    for name, schema in schemas.items():
        for field, text in _docstrings(models[name]).items():
            info = models[name].model_fields.get(field)
            if info is not None:
                schema["properties"][info.alias or field].setdefault("description", text)


def _below(model: type[Model]) -> Iterator[type[Model]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def _docstrings(model: type[Model]) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not issubclass(base, Model):
            continue
        [definition] = ast.parse(inspect.getsource(base)).body
        assert isinstance(definition, ast.ClassDef)
        for field, below in pairwise(definition.body):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                    found[name] = " ".join(text.split())
                case _:
                    pass
    return found
