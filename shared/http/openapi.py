"""The OpenAPI document: every operation says in a line what it does, and which problems it answers."""

import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from shared.http.problems import MEDIA_TYPE, ProblemDocument, of_status

_DESCRIPTIONS = {
    401: "No access token, or one that is not good",
    403: "Whoever holds the token may not do this",
    404: "There is no such thing in the caller's company",
    413: "The body is too large",
    422: "The request is not understood, or a value in it can't be taken",
    429: "Too much at once: come back after `Retry-After` seconds",
    500: "A failure on our side; it is logged",
    503: "Something that the service needs is away: come back after `Retry-After` seconds",
}
_ALWAYS = (500, 503)
_WITH_BODY = (400, 413, 422)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route or router: these statuses are answered with a problem document."""
    return {status: _problem(status) for status in statuses}


def file_response(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that answers 200 with a file of this type. Text is a string: generated clients decode it,
    and one of them fails where it is told that text is binary."""
    schema = {"type": "string"} if media_type.startswith("text/") else {"type": "string", "format": "binary"}
    content = {media_type: {"schema": schema}}
    return {200: {"description": description, "content": content}}


def documented(app: FastAPI, generate: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """FastAPI's document, with problem documents in the place of its own validation errors."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        schemas["Problem"] = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        for path in document.get("paths", {}).values():
            for operation in path.values():
                _describe(operation)
                _add_problems(operation)
        return document

    return openapi


def _describe(operation: dict[str, Any]) -> None:
    """What it does, up to the first full stop or colon, is its summary; what more there is to say its description."""
    first, _, more = operation.pop("description", operation.get("summary", "")).partition("\n\n")
    summary, *rest = re.split(r"[.:] ", " ".join(first.split()), maxsplit=1)
    operation["summary"] = summary.rstrip(".")
    if description := "\n\n".join(part for part in (*rest, " ".join(more.split())) if part):
        operation["description"] = description[0].upper() + description[1:]


def _add_problems(operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    statuses = [*_ALWAYS, *(_WITH_BODY if "requestBody" in operation else ())]
    if "422" in responses:  # FastAPI's own, with a schema that is not ours
        statuses.append(422)
    for status in statuses:
        if status == 422 or str(status) not in responses:
            responses[str(status)] = _problem(status)
    operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": _DESCRIPTIONS.get(status) or of_status(status).title, "content": content}
