#!/usr/bin/env bash
# openapi-python-client 0.29.1 (PyPI): a text/* answer of format binary makes a client that fails at every call.
#
# Behaviour: a download that is documented as `text/csv: {type: string, format: binary}` becomes
#   `File(payload=BytesIO(response.text))`, without a warning; BytesIO takes no str. application/octet-stream of the same
#   schema is read by `response.content`, and works.
# Seen: TypeError: a bytes-like object is required, not 'str'
# Source: openapi_python_client/parser/responses.py: every text/* is read from `response.text`, whatever its schema says; the
#   template of file properties wraps it in BytesIO.
# What to do: document text as {type: string}; or `content_type_overrides: {text/csv: application/octet-stream}`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openapi-python-client==0.29.1
cd "$work"
cat > document.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "A table", "version": "1"},
 "paths": {
  "/table": {"get": {"operationId": "table", "responses": {"200": {"description": "OK", "content":
    {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}}}},
  "/bytes": {"get": {"operationId": "bytes", "responses": {"200": {"description": "OK", "content":
    {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}}}}}
JSON
PATH="$work/venv/bin:$PATH" openapi-python-client generate --fail-on-warning --path document.json --output-path client --meta none
"$work/venv/bin/python" - <<'PYTHON'
import httpx

from client import Client
from client.api.default import bytes_, table

answers = httpx.MockTransport(lambda call: httpx.Response(200, text="a,b\n1,2\n"))
client = Client(base_url="http://example").set_httpx_client(httpx.Client(base_url="http://example", transport=answers))
assert bytes_.sync(client=client).payload.read() == b"a,b\n1,2\n"
try:
    table.sync(client=client)
except TypeError as error:
    print(f"TypeError: {error}")
else:
    raise SystemExit("the behaviour has changed")
PYTHON
