"""The mailbox: what programs and people see of a mail."""

import asyncio
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from aiosmtplib import SMTP
from httpx import ASGITransport, AsyncClient

from deploy.devstack.mailbox.app import build
from deploy.devstack.mailbox.smtp import Conversation
from deploy.devstack.mailbox.store import Store

pytestmark = pytest.mark.anyio


def mail(subject: str, html: str = "<p>Join <a href='http://127.0.0.1:8000/join/abc'>Northwind</a></p>") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "usher@usher.example.com", "ann@northwind.example"
    message["Subject"], message["Message-ID"] = subject, "<m1@usher>"
    message.set_content("Join: http://127.0.0.1:8000/join/abc")
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "mail.sqlite")


@pytest.fixture
def inbox(store: Store) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(build(store)), base_url="http://mailbox")


async def test_a_mail_is_there_with_both_its_forms(store: Store, inbox: AsyncClient) -> None:
    store.add("usher@usher.example.com", ["ann@northwind.example"], mail("Welcome"))
    [found] = (await inbox.get("/messages")).json()
    assert set(found) == {"from", "to", "subject", "date", "message_id", "text", "html"}
    assert found["to"] == "ann@northwind.example" and found["message_id"] == "<m1@usher>"
    assert "/join/abc" in found["text"] and "/join/abc" in found["html"]


async def test_the_newest_comes_first_and_the_limit_holds(store: Store, inbox: AsyncClient) -> None:
    for subject in ("one", "two", "three"):
        store.add("a@b.example", ["ann@northwind.example"], mail(subject))
    assert [each["subject"] for each in (await inbox.get("/messages", params={"limit": 2})).json()] == ["three", "two"]


@pytest.mark.parametrize("asked", ["Ann@Northwind.example", "ann@northwind.example"])
async def test_a_recipient_is_found_without_regard_to_case(store: Store, inbox: AsyncClient, asked: str) -> None:
    store.add("a@b.example", ["ANN@northwind.example"], mail("hers"))
    store.add("a@b.example", ["joann@northwind.example"], mail("not hers"))
    assert [each["subject"] for each in (await inbox.get("/messages", params={"to": asked})).json()] == ["hers"]


async def test_an_international_domain_is_found_in_either_form(store: Store, inbox: AsyncClient) -> None:
    store.add("a@b.example", ["ann@xn--bcher-kva.example"], mail("hers"))
    assert len((await inbox.get("/messages", params={"to": "ann@bücher.example"})).json()) == 1


def test_a_mailbox_that_was_restarted_still_has_its_mails(store: Store, tmp_path: Path) -> None:
    store.add("a@b.example", ["ann@northwind.example"], mail("kept"))
    assert [one.subject for one in Store(tmp_path / "mail.sqlite").find(None, 10)] == ["kept"]


async def test_a_limit_that_is_no_number_is_answered_with_a_sentence(inbox: AsyncClient) -> None:
    answer = await inbox.get("/messages", params={"limit": "many"})
    assert answer.status_code == 422 and "limit" in answer.json()["detail"]


async def test_a_mails_script_never_runs(store: Store, inbox: AsyncClient) -> None:
    store.add("a@b.example", ["ann@northwind.example"], mail("<script>", html="<script>alert(1)</script>"))
    policy = (await inbox.get("/mail/1/html")).headers["content-security-policy"]
    assert policy.startswith("sandbox ") and "allow-scripts" not in policy and "default-src 'none'" in policy
    assert "<script>" not in (await inbox.get("/")).text and "<script>" not in (await inbox.get("/mail/1")).text


async def test_a_strange_mail_is_kept_all_the_same(store: Store, inbox: AsyncClient) -> None:
    content = b"Message-ID: <<odd>@x>\r\nSubject: =?utf-8?q?J=C3=BCrgen?=\r\n\r\n\xff"
    store.add("a@b.example", ["ann@northwind.example"], content)
    [found] = (await inbox.get("/messages")).json()
    assert found["message_id"] == "<<odd>@x>" and found["subject"] == "Jürgen"


async def test_mails_come_over_one_connection_with_their_dots(store: Store) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Conversation(store.add), "127.0.0.1", 0)
    async with server, SMTP(hostname="127.0.0.1", port=server.sockets[0].getsockname()[1]) as client:
        for subject in ("one", "two"):
            content = f"Subject: {subject}\r\n\r\n.hidden\r\n..\r\nend\r\n".encode()
            await client.sendmail("a@b.example", ["ann@northwind.example", "bo@northwind.example"], content)
    found = store.find("bo@northwind.example", 10)
    assert [one.subject for one in found] == ["two", "one"]
    assert found[0].text == ".hidden\n..\nend\n" and found[0].sender == "a@b.example"


async def test_a_conversation_cut_anywhere_is_the_same_conversation(store: Store) -> None:
    said = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@b.example>\r\nDATA\r\n"
    said += b"Subject: S\r\n\r\ntext\r\n.\r\nQUIT\r\n"
    for size in range(1, 30):
        heard = Heard()
        conversation = Conversation(store.add)
        conversation.connection_made(heard)
        for start in range(0, len(said), size):
            conversation.data_received(said[start : start + size])
        assert heard.codes == [220, *[250] * 5, 250, 250, 354, 250, 221] and heard.is_closing()
    assert {(one.subject, one.text) for one in store.find("ann@b.example", 50)} == {("S", "text\n")}


async def test_commands_that_come_together_are_answered_together_in_their_order(store: Store) -> None:
    heard = Heard()
    conversation = Conversation(store.add)
    conversation.connection_made(heard)
    mail = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<ann@b.example>\r\nDATA\r\n"
    conversation.data_received(mail)
    conversation.data_received(b"Subject: one\r\n\r\n.\r\n" + mail)
    conversation.data_received(b"Subject: two\r\n\r\n.\r\nRCPT TO:<bo@b.example>\r\nDATA\r\n")
    assert heard.pieces == [[220], [250, 250, 354], [250, 250, 250, 354], [250, 503, 503]]
    assert [one.subject for one in store.find(None, 5)] == ["two", "one"]


@pytest.mark.parametrize("pipelining", [True, False])
async def test_pipelining_is_offered_where_it_is_to_be(store: Store, *, pipelining: bool) -> None:
    made = partial(Conversation, store.add, pipelining=pipelining)
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    async with server, SMTP(hostname="127.0.0.1", port=server.sockets[0].getsockname()[1]) as client:
        await client.ehlo()
        assert client.supports_extension("pipelining") is pipelining


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"DATA", 503),
        (b"RCPT TO:<a@b.example>", 503),
        (b"MAIL FROM:somebody", 501),
        (b"HELP", 500),
        (b"x" * 9000, 500),
    ],
)
async def test_what_makes_no_sense_is_said_so(store: Store, said: bytes, code: int) -> None:
    heard = Heard()
    conversation = Conversation(store.add)
    conversation.connection_made(heard)
    conversation.data_received(said + b"\r\n")
    assert heard.codes[-1] == code and store.find(None, 1) == []


class Heard(asyncio.Transport):
    """What was answered on a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[list[int]] = []
        self._closed = False

    @property
    def codes(self) -> list[int]:
        return [code for piece in self.pieces for code in piece]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append([int(line[:3]) for line in bytes(data).splitlines()])

    def close(self) -> None:
        self._closed = True

    def is_closing(self) -> bool:
        return self._closed
