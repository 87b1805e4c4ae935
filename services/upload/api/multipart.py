"""A multipart body as it streams in: counted while it comes, its file kept in memory only while it is small."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from services.upload.application.upload_file import ReceivedFile
from services.upload.formats.file_names import harmless
from services.upload.messages import FILE_MISSING, FILE_TOO_LARGE, INTERRUPTED, NO_FORM, UPLOAD_TOO_SLOW
from shared.http.problems import Problem
from shared.people import messages

_FIELD = 1024 * 1024
"""Bytes of a form field that is not the file, of which one can be a text that was pasted; also what headers and
boundaries may add to the file's size."""
_FIELDS = 8
PASTED = "pasted"
"""The field of the form that a text can be pasted into."""
_MIB = 1024 * 1024
_DRAINED = 64 * _MIB
"""Bytes of a body that is too large which are still read: a client that is cut off while it writes does not read the
answer. What is larger still is cut off."""


@dataclass(frozen=True, slots=True)
class Form:
    """A received form; the file's content lives as long as the `receive` block."""

    fields: dict[str, str]
    file: ReceivedFile | None

    def required_file(self) -> ReceivedFile:
        """The file. Problem 422 where the form has none."""
        if self.file is None:
            raise FILE_MISSING()
        return self.file


@asynccontextmanager
async def receive(request: Request, max_bytes: int, max_seconds: int) -> AsyncGenerator[Form]:
    """The form of a request. `max_bytes` is for its file, `max_seconds` for all of it to arrive.

    Problem 413 `too_large`, 408 where it takes too long, 422 where it is no such form.
    """
    try:
        async with asyncio.timeout(max_seconds):
            data = await _parse(request, max_bytes)
    except TimeoutError:
        raise UPLOAD_TOO_SLOW() from None
    except ClientDisconnect:
        raise INTERRUPTED() from None
    try:
        yield _form(data, max_bytes)
    finally:
        await data.close()


async def _parse(request: Request, max_bytes: int) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _no_form("the request is not multipart/form-data")
    async with aclosing(_counted(request, max_bytes)) as body:
        parser = MultiPartParser(request.headers, body, max_files=1, max_fields=_FIELDS, max_part_size=_FIELD)
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise _no_form(error.message.rstrip(".").lower()) from None


async def _counted(request: Request, max_bytes: int) -> AsyncGenerator[bytes]:
    body, seen, limit = request.stream(), 0, max_bytes + _FIELD
    length = request.headers.get("content-length", "")
    known = int(length) if length.isdecimal() else 0
    if known > limit and "expect" in request.headers:
        # The client asks before it sends: nothing is on the way that would have to be read first.
        raise too_large(max_bytes)
    async for chunk in body:
        seen += len(chunk)
        if max(seen, known) > limit:
            raise too_large(max_bytes, close=not await _drain(body))
        yield chunk


async def _drain(body: AsyncGenerator[bytes]) -> bool:
    """Reads on, a bounded amount; whether the body has ended."""
    left = _DRAINED
    async for chunk in body:
        left -= len(chunk)
        if left < 0:
            return False
    return True


def _form(data: FormData, max_bytes: int) -> Form:
    fields = {name: value for name, value in data.multi_items() if isinstance(value, str)}
    part = data.get("file")
    if not isinstance(part, UploadFile) or not (part.size or part.filename):
        return Form(fields, _pasted(fields))
    size = part.size or 0
    if size > max_bytes:
        raise too_large(max_bytes)
    return Form(fields, ReceivedFile(harmless(part.filename or ""), size, part.file))


def _pasted(fields: Mapping[str, str]) -> ReceivedFile | None:
    """The text with values that stands in the form instead of a file: as its part `file`, or pasted into a field."""
    text = fields.get("file") or fields.get(PASTED, "")
    data = text.encode(errors="replace")
    return ReceivedFile("pasted.csv", len(data), BytesIO(data)) if text.strip() else None


def too_large(max_bytes: int, close: bool = False) -> Problem:
    """413; `close` ends the connection, since there is more to come that nobody will read."""
    headers = {"Connection": "close"} if close else None
    return FILE_TOO_LARGE(detail=messages.too_large(max_bytes // _MIB), headers=headers)


def _no_form(why: str) -> Problem:
    return NO_FORM(why=why)
