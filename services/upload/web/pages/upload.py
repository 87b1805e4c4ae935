"""Uploading a file, with or without script: the answer is a page either way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import CSRF_FIELD, CSRF_HEADER, Admin, Deps, Visitor, check_csrf
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import Seats
from services.upload.web.pages.batches import stage
from services.upload.web.pages.license_counts import needed_fields
from services.upload.web.ports import Batch
from shared.http.problems import Problem
from shared.people import messages

router = APIRouter()
PATH = "/upload"
KEY_FIELD = "key"
"""Of the form: the same key with the same file is one upload."""
_MIB = 1024 * 1024
_OURS = {"csrf", "forbidden", "plan_required", "unauthorized"}
"""Refusals that are not about the file: they have a page of their own."""


@dataclass(frozen=True, slots=True)
class UploadView:
    """The page. `needed` are the company's own fields that a new user needs, `fields` the others;
    `key` makes the form one upload, however often it is sent; `problem` says why the last try was refused."""

    company: str
    fields: Sequence[str]
    needed: Sequence[str]
    seats: Seats | None
    replaces: Batch | None
    largest: int
    key: str
    problem: str | None = None
    key_field: str = KEY_FIELD

    @property
    def megabytes(self) -> int:
        """The largest file, in MiB."""
        return self.largest // _MIB

    @property
    def too_large(self) -> str:
        """What is said of a larger one, before it is sent: the sentence that the answer would have."""
        return messages.too_large(self.megabytes)


@router.get(PATH)
async def form(request: Request, deps: Deps, visitor: Admin, replaces: UUID | None = None) -> Response:
    """The drop zone; with `replaces` for the corrected file."""
    return deps.renderer.page(request, "upload.html", await _view(deps, visitor, replaces), visitor.reader)


@router.post(PATH)
async def send(request: Request, deps: Deps, visitor: Admin, replaces: UUID | None = None) -> Response:
    """Takes the file in, then leads to the page that shows its check."""

    def key_of(fields: Mapping[str, str]) -> str | None:
        check_csrf(deps, visitor, request.headers.get(CSRF_HEADER) or fields.get(CSRF_FIELD, ""))
        return fields.get(KEY_FIELD) or None

    try:
        batch = await deps.uploads.upload(request, visitor.who, key_of)
    except Problem as problem:
        if problem.code in _OURS or problem.status >= 500:
            raise
        said = str(deps.renderer.texts("upload.none")) if problem.code == "file_missing" else problem.detail
        view = await _view(deps, visitor, replaces, said)
        headers = {
            name: value for name, value in problem.headers.items() if name.lower() in ("retry-after", "connection")
        }
        return deps.renderer.page(request, "upload.html", view, visitor.reader, problem.status, headers)
    return RedirectResponse(stage(batch), 303)


@router.get("/template.xlsx")
async def template(request: Request, deps: Deps, visitor: Admin) -> Response:
    """The template made for the company."""
    return await deps.uploads.template(visitor.who)


async def _view(
    deps: WebDependencies, visitor: Visitor, replaces: UUID | None, problem: str | None = None
) -> UploadView:
    company = await deps.uploads.company(visitor.who.company)
    try:
        seats = await deps.licensing.seats(visitor.who.token)
    except Problem as refused:
        # Uploading needs no licensing: the page goes without the figure.
        if refused.status < 500:
            raise
        seats = None
    return UploadView(
        company=visitor.reader.company,
        fields=[field.name for field in company.custom_fields if not field.required] if company else [],
        needed=needed_fields(company),
        seats=seats,
        replaces=await deps.uploads.batch(visitor.who, replaces) if replaces else None,
        largest=deps.uploads.max_file_bytes,
        key=str(uuid4()),
        problem=problem,
    )
