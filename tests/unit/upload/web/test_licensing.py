"""Licensing as it is asked over HTTP."""

from typing import Any

import httpx
import pytest

from services.upload.web.licensing import HttpLicensing
from shared.http.callers import HEADER, CallerSeal, answering
from shared.http.problems import Problem

pytestmark = pytest.mark.anyio
SEAL = CallerSeal([b"a key of the tests"])
SEATS = {"purchased": 3, "occupied": 2, "available": 1, "waiting": 1, "pending_transfer": 0, "active": 1, "inactive": 0}


def _licensing(answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None) -> HttpLicensing:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpLicensing("http://licensing.example", SEAL, httpx.MockTransport(handle))


async def test_the_admins_own_token_is_what_asks() -> None:
    seen: list[httpx.Request] = []
    assert (await _licensing(httpx.Response(200, json=SEATS), seen).seats("mine")).available == 1
    assert seen[0].headers["authorization"] == "Bearer mine"


async def test_licensing_is_told_for_whom_it_is_asked() -> None:
    seen: list[httpx.Request] = []
    with answering("192.0.2.7"):
        await _licensing(httpx.Response(200, json=SEATS), seen).seats("mine")
    assert SEAL.open(seen[0].headers[HEADER]) == "192.0.2.7"


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("away"), httpx.Response(500, text="oh"), httpx.Response(200, json=[]), httpx.Response(404)],
)
async def test_what_is_no_answer_is_a_503(answer: httpx.Response | Exception) -> None:
    with pytest.raises(Problem) as caught:
        await _licensing(answer).seats("mine")
    assert caught.value.status == 503


async def test_a_refusal_keeps_its_code() -> None:
    document: dict[str, Any] = {"status": 410, "code": "expired", "detail": "Too late.", "since": "then"}
    with pytest.raises(Problem) as caught:
        await _licensing(httpx.Response(410, json=document)).offer("token")
    assert (caught.value.status, caught.value.code, caught.value.extra) == (410, "expired", {"since": "then"})


async def test_a_token_stays_one_part_of_the_address() -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(Problem):
        await _licensing(httpx.Response(404, json={"code": "not_found"}), seen).accept("../../seats", None)
    assert seen[0].url.raw_path == b"/api/v1/invitations/..%2F..%2Fseats/accept"


async def test_a_page_of_users_is_one_call_by_their_ids_and_in_their_order() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        known = {"anna", "ben", "cleo"} & set(request.url.params.get_list("user_id"))
        users = [{"user_id": each, "email": each, "status": "active"} for each in sorted(known)]
        return httpx.Response(200, json={"items": users, "next_cursor": None, "total": len(users)})

    licensing = HttpLicensing("http://licensing.example", SEAL, httpx.MockTransport(handle))
    assert [user.email for user in await licensing.named("mine", ["cleo", "gone", "anna"])] == ["cleo", "anna"]
    assert await licensing.named("mine", []) == []


async def test_an_export_is_passed_on_as_it_comes() -> None:
    headers = {"content-type": "text/csv", "content-disposition": "attachment", "set-cookie": "no=1"}
    seen: list[httpx.Request] = []
    answer = await _licensing(httpx.Response(200, content=b"a,b", headers=headers), seen).export(
        "mine", "csv", {"region": ["Iberia", "DACH"]}
    )
    assert seen[0].url.raw_path == b"/api/v1/team/export.csv?region=Iberia&region=DACH"
    assert answer.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in answer.headers
    with pytest.raises(Problem):
        await _licensing(httpx.Response(429, json={"code": "busy"})).export("mine", "csv", {})


async def test_the_seats_are_read_from_a_stream_as_they_come() -> None:
    lines = [": ping", "event: seats", 'data: {"purchased": 9, "occupied": 3}', "", 'data: {"occupied": 4}', ""]
    seen: list[httpx.Request] = []
    licensing = _licensing(httpx.Response(200, text="\n".join(lines)), seen)
    assert [seats.occupied async for seats in licensing.watch_seats("mine")] == [3, 4]
    assert seen[0].headers["authorization"] == "Bearer mine"
    with pytest.raises(Problem) as caught:
        await anext(_licensing(httpx.Response(403, json={"code": "plan_required"})).watch_seats("mine"))
    assert caught.value.code == "plan_required"
