"""What an admin's program hears when Usher, or the way to it, is not as it should be."""

from pathlib import Path

import httpx
import pytest

from deploy.devstack.invite.client import Client, NotUsher, Refused, Unreachable

pytestmark = pytest.mark.anyio
URL = "https://usher.example"
PROBLEM = {"code": "unavailable", "detail": "The service cannot do this just now. Try again in a moment."}
COMPLETED = {"id": "b1", "status": "completed"}


class Answers:
    """Answers one after the other, the last one for ever; remembers what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(answers: Answers, patience: float = 5) -> Client:
    """A client whose calls are answered by these."""
    return Client(URL, "token", patience, httpx.MockTransport(answers))


async def test_what_is_away_for_a_moment_is_asked_again() -> None:
    answers = Answers(
        httpx.Response(503, json=PROBLEM), httpx.ConnectError("refused"), httpx.Response(200, json=COMPLETED)
    )
    assert await client(answers).wait("b1") == COMPLETED
    assert len(answers.asked) == 3


async def test_what_stays_away_is_said_in_its_own_words() -> None:
    with pytest.raises(Refused, match="Try again in a moment") as refused:
        await client(Answers(httpx.Response(503, json=PROBLEM)), patience=0.1).wait("b1")
    assert (refused.value.status, refused.value.code) == (503, "unavailable")
    with pytest.raises(Unreachable, match=r"https://usher.example/ cannot be reached \(refused\)"):
        await client(Answers(httpx.ConnectError("refused")), patience=0.1).wait("b1")


async def test_a_repeated_upload_is_the_same_batch(tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    file.write_bytes(b"the workbook")
    answers = Answers(httpx.ReadError("broken"), httpx.Response(202, json=COMPLETED))
    heard: list[int] = []
    assert await client(answers).upload_file(file, sent=heard.append) == COMPLETED
    keys = {request.headers["Idempotency-Key"] for request in answers.asked}
    assert len(answers.asked) == 2 and len(keys) == 1
    assert all(b"the workbook" in request.content for request in answers.asked), "all of it, both times"
    assert heard[-1] == len(b"the workbook")


async def test_a_refusal_is_not_asked_again() -> None:
    answers = Answers(httpx.Response(401, json={"code": "unauthorized", "detail": "The token has expired."}))
    with pytest.raises(Refused, match="The token has expired"):
        await client(answers).cancel("b1")
    assert len(answers.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(404, text="<html>nothing here</html>"), "answered 404 in a form that Usher does not speak"),
        (httpx.Response(502, text="Bad Gateway"), "answered 502 in a form that Usher does not speak"),
        (httpx.Response(301, headers={"location": "https://new.example/"}), "leads on to https://new.example/. Use"),
        (httpx.Response(200, text="<html>welcome</html>"), "answered 200 in a form that Usher does not speak"),
    ],
)
async def test_what_is_not_usher_is_named(answer: httpx.Response, words: str) -> None:
    with pytest.raises(NotUsher, match=words):
        await client(Answers(answer), patience=0.1).wait("b1")
