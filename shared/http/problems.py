"""RFC 9457: how every refusal and every failure is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:usher:problem:"


class Problem(Exception):
    """A refusal with a reason: raise it anywhere under a request, and it becomes the answer.

    status: the HTTP status. code: ours, snake_case, stable; also the end of `type`. detail: a sentence for a person,
    what happened and what to do next. title: the kind of problem in a few words, by default the code's words.
    headers: sent with the answer. about_rights: it says what somebody may not do, though its status does not, and is
    an audit event like a 403. extra: further members of the document.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        title: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        about_rights: bool = False,
        **extra: Any,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.title = title or code.replace("_", " ").capitalize()
        self.headers = dict(headers or {})
        self.about_rights = about_rights
        self.extra = extra

    @property
    def document(self) -> dict[str, Any]:
        """The problem as RFC 9457 has it, with our `code`."""
        return {
            **self.extra,
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }

    def response(self) -> Response:
        """The answer itself."""
        body = orjson.dumps(self.document, default=str)
        return Response(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem (RFC 9457), declared once with its sentence: problems are made from it by calling it, and the
    page of error codes from all that are declared. Several of one code differ by their sentence.

    detail: the sentence; what `{stands}` so is given with the call. about_rights: see Problem.
    """

    status: int
    code: str
    detail: str
    about_rights: bool = False

    def __call__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        detail: str | None = None,
        **places: object,
    ) -> Problem:
        """A problem of this type. extra: further members of the document. detail: another sentence in place of its
        own, where that only says what it is like."""
        said = self.detail.format(**places) if detail is None else detail
        return Problem(
            self.status, self.code, said, headers=headers, about_rights=self.about_rights, **dict(extra or {})
        )


_EXAMPLE = Problem(403, "forbidden", "The token names no company, and this can only be done within one.")


class ProblemDocument(BaseModel):
    """RFC 9457 with our `code`, for the OpenAPI document."""

    model_config = ConfigDict(extra="allow", title="Problem", json_schema_extra={"examples": [_EXAMPLE.document]})

    type: str = Field(description="`urn:usher:problem:` and the code")
    title: str
    status: int
    detail: str = Field(description="What happened and what to do next, in a sentence")
    code: str = Field(description="Stable, for programs")


def of_status(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem for an HTTP status that the framework itself answers with (no such route, no such method…)."""
    match status:
        case 404:
            return NOTHING_HERE(headers=headers)
        case 405:
            return METHOD_NOT_ALLOWED(headers=headers)
        case 413:
            return Problem(413, "too_large", detail or "The request is too large.", headers=headers)
        case _:
            phrase = HTTPStatus(status).phrase
            return Problem(
                status, phrase.lower().replace(" ", "_").replace("-", "_"), detail or phrase, headers=headers
            )


def not_found() -> Problem:
    """404: unknown, or another company's, which looks the same from outside."""
    return NOTHING_HERE()


def unavailable(kind: ProblemType, retry_after: int = 2) -> Problem:
    """503 with `Retry-After` in seconds: something this service needs is away for the moment."""
    return kind(headers={"Retry-After": str(retry_after)})


NOTHING_HERE = ProblemType(404, "not_found", "There is nothing at this address.")
METHOD_NOT_ALLOWED = ProblemType(405, "method_not_allowed", "This address does not know that method.")
