"""The interface's documentation as one page, made from the OpenAPI document: no script, nothing from elsewhere.

The usual viewers load themselves from a content network and need inline scripts: they would show an empty page behind a
firewall, and want a hole in the content security policy of every page of this origin.
"""

import base64
import hashlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_HERE = Path(__file__).parent
_STYLE = (_HERE / "docs.css").read_text()
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of the page: its one style sheet, known by its hash, and nothing else."""

_PAGES = Environment(loader=FileSystemLoader(_HERE), autoescape=True)


def install(app: FastAPI) -> None:
    """Serve the page at `/docs`."""

    async def page(_: Request) -> Response:
        document = app.openapi()
        html = _PAGES.get_template("docs.html").render(
            document=document, operations=list(operations(document)), style=Markup(_STYLE), as_json=as_json
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})

    app.add_route("/docs", page, include_in_schema=False)


def operations(document: dict[str, Any]) -> Generator[dict[str, Any]]:
    """Each operation with its method, its path and its bodies."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield {
                "method": method.upper(),
                "path": path,
                "anchor": operation["operationId"],
                "summary": operation["summary"],
                "description": operation.get("description", ""),
                "signed_in": bool(operation.get("security")),
                "parameters": [{**each, "kind": kind(each["schema"])} for each in operation.get("parameters", [])],
                "takes": list(bodies(operation.get("requestBody", {}))),
                "answers": [
                    {"status": status, "description": answer["description"], "bodies": list(bodies(answer))}
                    for status, answer in operation["responses"].items()
                ],
            }


def bodies(holder: dict[str, Any]) -> Generator[dict[str, str]]:
    """The media types of a body or an answer, each with what its schema is called."""
    for media, content in holder.get("content", {}).items():
        yield {"media": media, "kind": kind(content.get("schema", {}))}


def kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: the name of a component, or a type."""
    match schema:
        case {"$ref": str(reference)}:
            return reference.rsplit("/", 1)[-1]
        case {"anyOf": choices} | {"oneOf": choices}:
            return " or ".join(dict.fromkeys(kind(choice) for choice in choices))
        case {"type": "array", "items": items}:
            return f"list of {kind(items)}"
        case {"enum": values}:
            return " | ".join(str(value) for value in values)
        case {"const": value}:
            return str(value)
        case {"type": str(name)}:
            return f"{name} ({schema['format']})" if "format" in schema else name
        case _:
            return "anything"


def as_json(value: Any) -> str:
    """A value as JSON, for an example."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
