#!/usr/bin/env bash
# msgspec 0.23.0: `omit_defaults` leaves out an empty dict or list whose factory is `dict` or `list`, and writes the one whose
# factory is `dict[str, str]`, which makes the same.
#
# Behaviour: where a default is made by a factory, the encoder knows no value to compare with. It takes a field that is empty for
#   its default where the factory *is* dict, list or set, looked at by identity; a parametrized alias, which strict type checkers
#   ask for (`field(default_factory=dict[str, str])`), is another object. What is stored grows by it, and nothing says so.
# Seen: dict: {}, dict[str, str]: {"fields":{}}, a literal {}: {}
# Source: msgspec/_core.c (is_default, which compares the factory with the types of dict, list and set).
# What to do: write the default as `= {}` or `= []`: of a Struct msgspec copies it for each, and type checkers are content.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check msgspec==0.23.0
venv/bin/python - <<'PYTHON'
import msgspec


class Plain(msgspec.Struct, omit_defaults=True):
    fields: dict[str, str] = msgspec.field(default_factory=dict)


class Typed(msgspec.Struct, omit_defaults=True):
    fields: dict[str, str] = msgspec.field(default_factory=dict[str, str])


class Literal(msgspec.Struct, omit_defaults=True):
    fields: dict[str, str] = {}


said = [msgspec.json.encode(made()).decode() for made in (Plain, Typed, Literal)]
print("dict: {}, dict[str, str]: {}, a literal {{}}: {}".format(*said))
assert said == ["{}", '{"fields":{}}', "{}"], "the behaviour has changed"
first, second = Literal(), Literal()
first.fields["a"] = "b"
assert second.fields == {}, "each has its own"
PYTHON
