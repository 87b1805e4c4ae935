"""What an admin's program says to Usher: the calls of the main job, against any deployment."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

import httpx
import stamina

from deploy.operate.errors import CommandError

Batch = dict[str, Any]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JUDGED = frozenset({"needs_correction", "ready_for_review"})
WAITING = frozenset({"awaiting_approval"})
"""Where it goes on only by what somebody else does."""
ENDED = frozenset({"completed", "cancelled", "superseded"})
PAUSE_SECONDS = 0.3
_LARGE = 35 * 2**20
"""Bytes that a workbook may have where the operator set nothing else (`too_large`)."""
stamina.instrumentation.set_on_retry_hooks([])  # who waits at a terminal is told once, when it is given up
_AWAY = frozenset({502, 503, 504})
"""What a service or the proxy before it answers while something is away for the moment."""


class Refused(CommandError):
    """Usher's own answer to a call that it does not do: `code` for programs, the sentence for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code = status, code


class Unreachable(CommandError):
    """Nothing answers at the address, or not in time."""


class NotUsher(CommandError):
    """Something answers, and it is not Usher."""


class Client:
    """The calls of one admin. What can be repeated is: every call here means the same when it is said twice.

    url: where upload answers. patience: for so many seconds a call is repeated while the network or the service is
    away. transport: another way to it than the network, for tests.
    """

    def __init__(
        self, url: str, token: str, patience: float = 5, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._api = f"{self.url}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}
        self.patience = patience
        # A company's proxy stands in the environment; between programs of one machine there is none.
        local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
        timeout = httpx.Timeout(60, connect=10)
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=not local, transport=transport)

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._http.aclose()

    async def call(self, method: str, url: str, **given: Any) -> httpx.Response:
        """One request. Raises Refused, Unreachable or NotUsher for every answer that is not a success."""
        headers = self._headers | cast("dict[str, str]", given.pop("headers", {}))
        try:
            async for attempt in stamina.retry_context(_may_pass, attempts=None, timeout=self.patience, wait_max=3):
                with attempt:
                    answer = await self._http.request(method, url, headers=headers, **given)
                    if answer.status_code in _AWAY:
                        answer.raise_for_status()
                    return _good(answer)
        except httpx.HTTPStatusError as away:
            raise _refusal(away.response) from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unreachable(f"{httpx.URL(url).copy_with(path='/')} cannot be reached ({_why(error)}).") from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def ask(self, method: str, url: str, **given: Any) -> Any:
        """One request whose answer is JSON. Raises as `call` does."""
        answer = await self.call(method, url, **given)
        try:
            return answer.json()
        except ValueError:
            raise _foreign(answer) from None

    async def upload_file(
        self, path: Path, replaces: str | None = None, sent: Callable[[int], None] | None = None
    ) -> Batch:
        """Uploads a workbook: the new batch, not yet checked. `sent` hears how many bytes are on their way."""
        headers = {"Idempotency-Key": str(uuid4())}  # so that a repeated call is the same batch
        form = {"replaces": replaces} if replaces else None
        with path.open("rb") as file:
            files = {"file": (path.name, _Watched(file, sent), XLSX)}
            url = f"{self._api}/batches"
            try:
                return await self.ask("POST", url, files=files, data=form, headers=headers)
            except Unreachable as error:
                raise _too_large(file.tell(), error) from None

    async def wait(
        self,
        batch_id: str,
        until: Collection[str] = JUDGED | WAITING | ENDED,
        told: Callable[[Batch], None] | None = None,
    ) -> Batch:
        """The batch, when its status is one of these. `told` hears of it at every look."""
        while True:
            batch: Batch = await self.ask("GET", f"{self._api}/batches/{batch_id}")
            if told:
                told(batch)
            if batch["status"] in until:
                return batch
            await asyncio.sleep(PAUSE_SECONDS)

    async def rows(self, batch_id: str, outcome: str, limit: int = 100) -> list[dict[str, Any]]:
        """The first rows of an outcome."""
        query = {"outcome": outcome, "limit": limit}
        return (await self.ask("GET", f"{self._api}/batches/{batch_id}/rows", params=query))["items"]

    async def annotated(self, batch_id: str) -> bytes:
        """The admin's own workbook with its errors marked."""
        return (await self.call("GET", f"{self._api}/batches/{batch_id}/annotated.xlsx")).content

    async def correct(self, batch: Batch, changes: Mapping[str, object]) -> Batch:
        """The batch with a draft of corrections, made for the review that was seen."""
        url = f"{self._api}/batches/{batch['id']}"
        await self.ask("PATCH", f"{url}/corrections", json={"review": batch["review"], **changes})
        return await self.ask("GET", url)

    async def apply_corrections(self, batch: Batch) -> Batch:
        """The batch of the corrected file, which replaces this one."""
        url = f"{self._api}/batches/{batch['id']}/corrections/apply"
        return await self.ask("POST", url, json={"review": batch["review"]})

    async def left_out(self, batch_id: str) -> bytes:
        """The rows that were left out, in a workbook like the admin's own."""
        return (await self.call("GET", f"{self._api}/batches/{batch_id}/left-out.xlsx")).content

    async def confirm(self, batch: Batch, message: str | None = None) -> Batch:
        """Confirms the review that was seen, with a sentence for the invitations. What it says happens from now on."""
        url = f"{self._api}/batches/{batch['id']}/confirm"
        said = {"message": message} if message else {}
        return await self.ask("POST", url, json={"review": batch["review"], **said})

    async def cancel(self, batch_id: str) -> Batch:
        """Gives the batch up: nothing of it happens."""
        return await self.ask("POST", f"{self._api}/batches/{batch_id}/cancel")


class _Watched:
    """A file that says how far it was read."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None] | None) -> None:
        self._file, self._told = file, told

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if self._told:
            self._told(self._file.tell())
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _too_large(sent: int, error: Unreachable) -> CommandError:
    """What is far too large is cut off by the service, or by a proxy before it, without a word that is still read."""
    if sent <= _LARGE:
        return error
    return Unreachable(f"The connection broke at {sent // 2**20} MiB: so large a file is not taken. Split it.")


def _may_pass(error: Exception) -> bool:
    """What is worth another try: the network, or a service that is away."""
    if isinstance(error, httpx.UnsupportedProtocol):
        return False
    return isinstance(error, httpx.TransportError | httpx.HTTPStatusError)


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_redirect:
        raise NotUsher(f"{answer.url} leads on to {answer.headers.get('location')}. Use that address for --url.")
    if answer.is_error:
        raise _refusal(answer)
    return answer


def _refusal(answer: httpx.Response) -> CommandError:
    """An answer that is no success, as an error with its own words."""
    try:
        problem = answer.json()
        return Refused(answer.status_code, str(problem["code"]), str(problem["detail"]))
    except (ValueError, KeyError, TypeError):
        return _foreign(answer)


def _foreign(answer: httpx.Response) -> NotUsher:
    return NotUsher(f"{answer.url} answered {answer.status_code} in a form that Usher does not speak.")


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
