"""What is known of one person, for whoever runs Usher: the answer to a request for access to personal data."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Annotated, Literal

import msgspec
import orjson
from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.licensing.api.access import Platform
from services.licensing.api.routes_provisioning import Email, address_of
from services.licensing.application.export_team import sent
from services.licensing.application.known_of_person import Incomplete, KnownOfPerson
from services.licensing.formats.export.known_file import HEAD, rows
from services.licensing.formats.export.xlsx_file import WorkbookFile
from services.licensing.messages import NOT_ALL_KNOWN
from shared.erasure.known import Known
from shared.http import audit
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import file_response

router = authenticate_first_router("/api/v1", "persons")
PersonFormat = Annotated[Literal["json", "xlsx"], Field(title="PersonFormat")]
_ASK_AGAIN = "30"
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# There from the start, at 0: an alert sees the first one, too.
for _form in ("json", "xlsx"):
    audit.EVENTS.labels("person_shown", _form)


class KnownOfPersonItem(BaseModel):
    """Something that a service keeps of the person. `place`: where; `id`: which of the things there; `type`: of an
    event, its stored name. `values`: what it says of them, by where it says so."""

    service: str
    place: str
    id: str
    type: str | None
    at: datetime | None
    values: dict[str, str]


class PersonKnown(BaseModel):
    """Everything that is known of a person now."""

    email: str
    at: datetime
    items: list[KnownOfPersonItem]


@router.get(
    "/persons/{email:path}",
    response_model=PersonKnown,
    responses={200: file_response(WorkbookFile.media_type, "All of it")[200]},
)
async def get_person(
    request: Request,
    email: Email,
    _: Platform,
    asked: Annotated[
        PersonFormat | None,
        Query(alias="format", description="`xlsx`: as a workbook. Left out: as `Accept` asks for, else JSON"),
    ] = None,
) -> Response:
    """Everything that is known of a person, from every service: what a request for access is answered with. What others
    did is in it as far as it says something of the person. All or nothing: while a service is away it is a 503 that
    names it under `missing`. It takes as long as to look through everything. Who asked stands in the log."""
    address, use_case = address_of(email), known_of_person(request)
    form = asked or ("xlsx" if _wants_workbook(request) else "json")
    try:
        found = await use_case.gather(address.text)
    except Incomplete as incomplete:
        names, headers = incomplete.services, {"Retry-After": _ASK_AGAIN}
        raise NOT_ALL_KNOWN(services=" and ".join(names), headers=headers, extra={"missing": names}) from incomplete
    audit.record("person_shown", form, things=sum(map(len, found.values())))
    now = datetime.now(UTC)
    if form == "xlsx":
        return await _workbook(found, now)
    return Response(_document(address.text, found, now), media_type="application/json", headers=_PRIVATE)


def known_of_person(request: Request) -> KnownOfPerson:
    """The use case, built once in main.py."""
    return request.app.state.known_of_person


def _wants_workbook(request: Request) -> bool:
    return WorkbookFile.media_type in request.headers.get("Accept", "").lower()


def _document(email: str, everything: Mapping[str, Sequence[Known]], at: datetime) -> bytes:
    items = [
        {"service": name, **msgspec.structs.asdict(known)} for name, found in everything.items() for known in found
    ]
    return orjson.dumps({"email": email, "at": at, "items": items}, option=orjson.OPT_UTC_Z)


async def _workbook(everything: Mapping[str, Sequence[Known]], at: datetime) -> StreamingResponse:
    file = await asyncio.to_thread(_written, everything)
    # The name of a file gets into many lists: it says nobody's.
    headers = {"Content-Disposition": f'attachment; filename="person-{at:%Y-%m-%d}.xlsx"', **_PRIVATE}
    return StreamingResponse(sent(file), media_type=WorkbookFile.media_type, headers=headers)


def _written(everything: Mapping[str, Sequence[Known]]) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who sends it
    workbook = WorkbookFile(file, HEAD)
    workbook.add(rows(everything))
    workbook.finish()
    return file
