"""A real SMTP conversation, cut and refused at every place: what counts is whether the final dot was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from email.headerregistry import Address

import pytest

from services.notification.application.smtp_client import MailServer, MailServerAway, SmtpConnection
from services.notification.domain.mail.outcome import Broken, PutOff, Refusal, Taken
from services.notification.formats.mail.compose import Envelope
from services.notification.formats.mail.smtp_data import smtp_data
from tests.integration.notification.smtp import (
    BUSY,
    BUSY_AFTER,
    CLOSING,
    CUT_AFTER,
    CUT_BEFORE,
    REFUSED_AFTER,
    SILENT,
    UNKNOWN,
    MailServerScript,
    mail_server,
)

pytestmark = pytest.mark.anyio

ANN = "ann@northwind.example"
BOB = "bob@northwind.example"
BODY = b"Subject: Hello\r\nMessage-ID: <1@usher.example>\r\n\r\nfirst\r\n.\r\n..second\r\n.third\r\n"
SENDER = Address("Usher", "no-reply", "usher.example")


def mail(recipient: str = ANN) -> Envelope:
    return Envelope("no-reply@usher.example", recipient, smtp_data(BODY))


@pytest.fixture(params=[True, False], ids=["pipelining", "one-by-one"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[MailServerScript]:
    async with mail_server(pipelining=request.param) as script:
        yield script


def line(server: MailServerScript, timeout: float = 5) -> SmtpConnection:
    return SmtpConnection(MailServer.from_url(f"smtp://127.0.0.1:{server.port}", SENDER, timeout))


async def opened(server: MailServerScript, timeout: float = 5) -> SmtpConnection:
    connection = line(server, timeout)
    await connection.open()
    return connection


async def test_one_mail_after_another_on_one_connection(server: MailServerScript) -> None:
    connection = await opened(server)
    for _ in range(3):
        await connection.open()
        assert await connection.send(mail()) == Taken()
    assert server.connections == 1
    await connection.quit()


async def test_the_message_arrives_as_it_was_written_dots_and_all(server: MailServerScript) -> None:
    connection = await opened(server)
    await connection.send(mail())
    [message] = server.copies(ANN)
    assert message["Subject"] == "Hello"
    assert message.get_payload() == "first\r\n.\r\n..second\r\n.third\r\n"


async def test_a_dot_between_lone_line_ends_does_not_end_the_message(server: MailServerScript) -> None:
    connection = await opened(server)
    smuggled = b"Subject: Hello\r\n\r\n.first\n.\nMAIL FROM:<x@y.example>\r.\rlast"
    assert await connection.send(replace(mail(), data=smtp_data(smuggled))) == Taken()
    [message] = server.copies(ANN)
    assert message.get_payload() == ".first\r\n.\r\nMAIL FROM:<x@y.example>\r\n.\r\nlast\r\n"
    assert await connection.send(mail(BOB)) == Taken()


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (BUSY, PutOff(BUSY)),
        (UNKNOWN, Refusal(UNKNOWN)),
        (CLOSING, PutOff(CLOSING)),
        (BUSY_AFTER, PutOff("451 4.3.0 out of space")),
        (REFUSED_AFTER, Refusal("554 5.7.1 not this content")),
    ],
)
async def test_what_the_server_answers_is_the_outcome_and_the_next_mail_goes_out(
    server: MailServerScript, step: str, outcome: PutOff | Refusal
) -> None:
    server.plan(ANN, step)
    connection = await opened(server)
    assert await connection.send(mail()) == outcome
    await connection.open()
    assert await connection.send(mail(BOB)) == Taken()
    assert len(server.copies(BOB)) == 1


async def test_cut_before_the_dot_nobody_has_it(server: MailServerScript) -> None:
    server.plan(ANN, CUT_BEFORE)
    connection = await opened(server)
    assert isinstance(await connection.send(mail()), PutOff)
    assert server.copies(ANN) == []
    await connection.open()
    assert await connection.send(mail()) == Taken()


async def test_cut_after_the_dot_somebody_may_have_it(server: MailServerScript) -> None:
    server.plan(ANN, CUT_AFTER)
    connection = await opened(server)
    assert isinstance(await connection.send(mail()), Broken)
    assert len(server.copies(ANN)) == 1


async def test_no_answer_to_the_dot_is_not_waited_for_for_ever(server: MailServerScript) -> None:
    server.plan(ANN, SILENT)
    connection = await opened(server, timeout=0.3)
    assert isinstance(await connection.send(mail()), Broken)


async def test_a_connection_that_was_cut_between_mails_costs_nobody_an_answer(server: MailServerScript) -> None:
    connection = await opened(server)
    assert await connection.send(mail()) == Taken()
    server.hang_up()
    outcome = await connection.send(mail(BOB))
    assert isinstance(outcome, PutOff)
    assert server.copies(BOB) == []


async def test_a_server_that_is_away_is_said_before_anything_is_tried() -> None:
    async with mail_server() as gone:
        pass
    with pytest.raises(MailServerAway):
        await line(gone).open()


async def test_without_a_connection_nothing_was_handed_over(server: MailServerScript) -> None:
    assert isinstance(await line(server).send(mail()), PutOff)


async def test_an_address_with_a_command_in_it_is_not_said_to_the_server(server: MailServerScript) -> None:
    connection = await opened(server)
    hostile = replace(mail(), recipient="a@b.example>\r\nRCPT TO:<victim@c.example")
    await connection.send(hostile)
    assert not any("victim" in address for address in server.attempts)


async def test_the_next_mail_is_begun_with_the_one_before_it(server: MailServerScript) -> None:
    connection = await opened(server)
    one, two = mail(), mail(BOB)
    assert await connection.send(one, two) == Taken()
    assert server.attempts[BOB] <= int(server.pipelining), "nothing is said ahead to who did not offer it"
    assert await connection.send(two) == Taken()
    assert (len(server.copies(ANN)), len(server.copies(BOB)), server.attempts[BOB]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("step", "outcome"),
    [(BUSY, PutOff(BUSY)), (UNKNOWN, Refusal(UNKNOWN)), (CLOSING, PutOff(CLOSING))],
)
async def test_an_answer_is_that_of_its_own_mail(
    server: MailServerScript, step: str, outcome: PutOff | Refusal
) -> None:
    server.plan(BOB, step)
    connection = await opened(server)
    one, two, three = mail(), mail(BOB), mail("cyd@northwind.example")
    assert await connection.send(one, two) == Taken()
    assert await connection.send(two, three) == outcome
    await connection.open()
    assert await connection.send(three) == Taken()
    assert [to for to, _ in server.dots] == [ANN, "cyd@northwind.example"]


@pytest.mark.parametrize("step", [BUSY_AFTER, REFUSED_AFTER])
async def test_a_mail_refused_after_its_dot_costs_the_one_begun_with_it_nothing(
    server: MailServerScript, step: str
) -> None:
    server.plan(ANN, step)
    connection = await opened(server)
    one, two = mail(), mail(BOB)
    assert not isinstance(await connection.send(one, two), Taken)
    assert await connection.send(two) == Taken()
    assert server.connections == 1 and len(server.copies(BOB)) == 1


async def test_cut_after_a_dot_the_mail_begun_with_it_is_surely_not_handed_over(server: MailServerScript) -> None:
    server.plan(ANN, CUT_AFTER)
    connection = await opened(server)
    one, two = mail(), mail(BOB)
    assert isinstance(await connection.send(one, two), Broken)
    assert not connection.alive
    await connection.open()
    assert await connection.send(two) == Taken()
    assert len(server.copies(BOB)) == 1


async def test_a_mail_that_was_begun_and_is_not_sent_after_all_reaches_nobody(server: MailServerScript) -> None:
    connection = await opened(server)
    one, two = mail(), mail(BOB)
    assert await connection.send(one, two) == Taken()
    connection.abandon(two)
    assert connection.alive is not server.pipelining, "only hanging up ends what was begun"
    await connection.quit()
    assert server.copies(BOB) == []


async def test_an_address_with_a_command_in_it_is_not_said_ahead_either(server: MailServerScript) -> None:
    connection = await opened(server)
    hostile = replace(mail(), recipient="a@b.example>\r\nRCPT TO:<victim@c.example")
    assert await connection.send(mail(), hostile) == Taken()
    assert isinstance(await connection.send(hostile), PutOff)
    assert not any("victim" in address for address in server.attempts)
