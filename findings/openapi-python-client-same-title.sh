#!/usr/bin/env bash
# openapi-python-client 0.29.1 (PyPI): of two schemas with one title, one is dropped, and its operation answers None.
#
# Behaviour: components may share a `title`; FastAPI names two models "Item" of two modules app__a__Item and app__b__Item,
#   each titled "Item". The generator makes the first, warns of the second, exits with 0, and leaves out the answer of the
#   operation that uses it: that has no `sync` any more, and `sync_detailed` succeeds with `parsed` None whatever was sent.
# Seen: exit code 0; models: ['item.py']; /b answered {"b": "two"}, the client: None
# Source: openapi_python_client/parser/properties/model_property.py (`title = data.title or name`), "Attempted to generate
#   duplicate models with name"; OpenAPI 3.1: a component's identity is its key, a title is an annotation.
# What to do: give every schema a title of its own; or take the generator's --fail-on-warning.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openapi-python-client==0.29.1
cd "$work"
cat > document.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "Two items", "version": "1"},
 "paths": {
  "/a": {"get": {"operationId": "a", "responses": {"200": {"description": "OK", "content": {"application/json":
    {"schema": {"$ref": "#/components/schemas/app__a__Item"}}}}}}},
  "/b": {"get": {"operationId": "b", "responses": {"200": {"description": "OK", "content": {"application/json":
    {"schema": {"$ref": "#/components/schemas/app__b__Item"}}}}}}}},
 "components": {"schemas": {
  "app__a__Item": {"title": "Item", "type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
  "app__b__Item": {"title": "Item", "type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}}}}
JSON
PATH="$work/venv/bin:$PATH" openapi-python-client generate --path document.json --output-path client --meta none >said.txt 2>&1
"$work/venv/bin/python" - <<'PYTHON'
from pathlib import Path

import httpx

from client import Client
from client.api.default import a, b

answers = httpx.MockTransport(lambda call: httpx.Response(200, json={"a": "one"} if call.url.path == "/a" else {"b": "two"}))
client = Client(base_url="http://example").set_httpx_client(httpx.Client(base_url="http://example", transport=answers))
models = sorted(one.name for one in Path("client/models").iterdir() if one.suffix == ".py" and one.stem != "__init__")
assert a.sync(client=client).a == "one", "the first is read"
parsed = b.sync_detailed(client=client).parsed
print(f'exit code 0; models: {models}; /b answered {{"b": "two"}}, the client: {parsed}')
assert models == ["item.py"] and parsed is None and not hasattr(b, "sync"), "the behaviour has changed"
PYTHON
