"""What comes back: by LMTP from a mail server and out of an IMAP folder, on real Postgres."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from imapclient.exceptions import LoginError
from prometheus_client import REGISTRY

from services.notification.application import imap_folders, imap_reader
from services.notification.application.imap_reader import AT_ONCE, WIDEST, ImapReader
from services.notification.application.lmtp_server import LmtpServer
from services.notification.application.take_bounces import MAX_AGE, BounceIntake
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from tests.integration.notification.harness import RETURN_ADDRESSES, Harness, until
from tests.integration.notification.smtp import MailServerScript
from tests.unit.notification.bounces.corpus import COMPLAINT, OUT_OF_OFFICE, POSTFIX, POSTFIX_DELAYED
from usher_contracts import InvitationBounced, UserInvited

pytestmark = pytest.mark.anyio
BATCH = "0190a000-0000-7000-8000-0000000000b1"


def intake_of(harness: Harness) -> BounceIntake:
    return BounceIntake(harness.store, harness.decider, harness.clock)


async def invited(harness: Harness, mail: MailServerScript, name: str = "jon") -> tuple[UserInvited, str]:
    """Somebody whose invitation the server has taken, and the address that it comes back to."""
    person = harness.invited(name, BATCH)
    await harness.named()
    await harness.hear(person)
    async with harness.sending(mail.port, watched=False):

        async def sent() -> bool:
            return (await harness.states()).get(name) == "sent"

        await until(sent, "the invitation is sent")
    return person, mail.senders[person.email]


async def bounces(harness: Harness) -> list[InvitationBounced]:
    return [event for event in await harness.told() if isinstance(event, InvitationBounced)]


@asynccontextmanager
async def lmtp(harness: Harness) -> AsyncGenerator[int]:
    """The server's port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    running = asyncio.ensure_future(
        LmtpServer("127.0.0.1", port, "usher.example", RETURN_ADDRESSES, intake_of(harness)).run()
    )

    async def listens() -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        return False

    await until(listens, "LMTP listens")
    try:
        yield port
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def hand_over(port: int, address: str, raw: bytes) -> Mapping[str, tuple[int, bytes]]:
    """As a mail server does: whom it was not taken for, with the answer."""
    with smtplib.LMTP("127.0.0.1", port) as server:
        return server.sendmail("", [address], raw)


async def test_an_invitation_leaves_with_a_return_address_of_its_own(harness: Harness, mail: MailServerScript) -> None:
    _, ann = await invited(harness, mail, "ann")
    _, jon = await invited(harness, mail, "jon")
    assert ann != jon
    assert all(a.startswith("bounce+") and a.endswith("@bounces.usher.example") for a in (ann, jon))
    assert len(ann.partition("@")[0]) <= 64


async def test_what_comes_back_by_lmtp_is_told_once(harness: Harness, mail: MailServerScript) -> None:
    person, address = await invited(harness, mail)
    async with lmtp(harness) as port:
        assert await asyncio.to_thread(hand_over, port, address, POSTFIX) == {}
        assert await asyncio.to_thread(hand_over, port, address.upper(), POSTFIX) == {}
    [told] = await bounces(harness)
    assert (told.user_id, told.invitation_id, told.batch_id) == (person.user_id, person.invitation_id, BATCH)
    assert told.status == "5.1.1"
    assert told.reason.startswith("The address does not exist")
    assert person.email not in told.reason


async def test_what_is_no_bounce_is_taken_and_told_nobody(harness: Harness, mail: MailServerScript) -> None:
    _, address = await invited(harness, mail)
    async with lmtp(harness) as port:
        for raw in (POSTFIX_DELAYED, OUT_OF_OFFICE, COMPLAINT, b"", b"x" * 5_000):
            assert await asyncio.to_thread(hand_over, port, address, raw) == {}
    assert await bounces(harness) == []


async def test_what_nobody_signed_is_dropped(harness: Harness, mail: MailServerScript) -> None:
    await invited(harness, mail)
    forged = ReturnAddresses("bounces.usher.example", "another key that is long enough").of(uuid4())
    unknown = RETURN_ADDRESSES.of(uuid4())
    async with lmtp(harness) as port:
        assert await asyncio.to_thread(hand_over, port, forged, POSTFIX) == {}
        assert await asyncio.to_thread(hand_over, port, unknown, POSTFIX) == {}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await asyncio.to_thread(hand_over, port, "jon@northwind.example", POSTFIX)
    assert await bounces(harness) == []


async def test_of_an_old_invitation_nothing_is_believed(harness: Harness, mail: MailServerScript) -> None:
    _, address = await invited(harness, mail)
    harness.clock.ahead = MAX_AGE + timedelta(minutes=1)
    assert await intake_of(harness).take(RETURN_ADDRESSES.mail_of(address), POSTFIX) == "old"
    assert await bounces(harness) == []


async def test_what_comes_back_before_it_is_recorded_as_sent_is_asked_for_again(harness: Harness) -> None:
    await harness.named()
    await harness.hear(harness.invited("jon", BATCH))
    mail_id: UUID = await harness.pool.fetchval("SELECT id FROM mail_jobs")
    async with lmtp(harness) as port:
        with pytest.raises(smtplib.SMTPDataError, match="try again"):
            await asyncio.to_thread(hand_over, port, RETURN_ADDRESSES.of(mail_id), POSTFIX)


async def test_many_reports_of_one_mail_at_once_are_one_bounce(harness: Harness, mail: MailServerScript) -> None:
    _, address = await invited(harness, mail)
    intake, mail_id = intake_of(harness), RETURN_ADDRESSES.mail_of(address)
    outcomes = await asyncio.gather(*(intake.take(mail_id, POSTFIX) for _ in range(8)))
    assert sorted(outcomes) == ["bounced", *["nothing_new"] * 7]
    assert len(await bounces(harness)) == 1


@dataclass
class FolderOfReports:
    """A folder as a server would have it: mails by UID, made when they are read."""

    mails: Mapping[int, bytes]
    uidvalidity: int = 1
    asked: list[int] = field(default_factory=list[int])
    most: int = 0
    windows: int = 0

    @property
    def uidnext(self) -> int:
        return max(self.mails, default=0) + 1

    def uids(self, first: int, last: int) -> Sequence[int]:
        self.windows += 1
        return [uid for uid in sorted(self.mails) if first <= uid <= last]

    def read(self, uids: Sequence[int]) -> Mapping[int, bytes]:
        self.asked += uids
        self.most = max(self.most, len(uids))
        return {uid: self.mails[uid] for uid in uids}

    def close(self) -> None:
        pass


def to(address: str, raw: bytes = POSTFIX) -> bytes:
    return f"Delivered-To: {address}\r\n".encode() + raw.replace(b"\n", b"\r\n")


@asynccontextmanager
async def reading(harness: Harness, folder: FolderOfReports, name: str = "folder") -> AsyncGenerator[None]:
    reader = ImapReader(harness.pool, name, lambda: folder, RETURN_ADDRESSES, intake_of(harness))
    running = asyncio.ensure_future(reader.run())

    async def read() -> bool:
        place = await harness.pool.fetchrow("SELECT * FROM imap_folders WHERE folder = $1", name)
        return place is not None and place["next_uid"] >= folder.uidnext and place["uidvalidity"] == folder.uidvalidity

    await until(read, "the folder is read")
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_what_lies_in_a_folder_is_taken_once(harness: Harness, mail: MailServerScript) -> None:
    _, address = await invited(harness, mail)
    folder = FolderOfReports({3: to("somebody@usher.example"), 7: to(address), 2_900: to(address)})
    async with reading(harness, folder):
        assert len(await bounces(harness)) == 1
    assert folder.asked == [3, 7, 2_900]
    folder.mails = {**folder.mails, 3_000: to(address)}
    async with reading(harness, folder):
        pass
    assert folder.asked == [3, 7, 2_900, 3_000]


async def test_of_a_large_folder_few_mails_are_held_at_a_time(harness: Harness) -> None:
    folder = FolderOfReports(dict.fromkeys(range(1, 3 * AT_ONCE), b"Subject: hello\r\n\r\n"))
    async with reading(harness, folder):
        assert folder.asked == list(range(1, 3 * AT_ONCE))
    assert folder.most == AT_ONCE


async def test_what_is_gone_out_of_a_folder_takes_no_time(harness: Harness) -> None:
    """Its UIDs are never given again: those of ten years may be millions."""
    folder = FolderOfReports({8_000_000: b"Subject: hello\r\n\r\n"})
    async with reading(harness, folder):
        assert folder.asked == [8_000_000]
    assert folder.windows < 8_000_000 / WIDEST + 10


async def test_a_folder_that_was_made_anew_is_read_from_its_beginning(harness: Harness, mail: MailServerScript) -> None:
    _, address = await invited(harness, mail)
    async with reading(harness, FolderOfReports({40: to(address)})):
        pass
    anew = FolderOfReports({1: to(address)}, uidvalidity=2)
    async with reading(harness, anew):
        pass
    assert anew.asked == [1]
    assert len(await bounces(harness)) == 1


async def test_one_replica_reads_a_folder_at_a_time(harness: Harness) -> None:
    assert await imap_folders.claim(harness.pool, "folder") is not None
    assert await imap_folders.claim(harness.pool, "folder") is None
    await imap_folders.release(harness.pool, "folder")
    assert await imap_folders.claim(harness.pool, "folder") is not None


async def test_a_folder_that_is_away_is_tried_again_and_ends_nothing(
    harness: Harness, mail: MailServerScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task goes on: one that fails makes its replica unready, and mails go out without the folder."""
    monkeypatch.setattr(imap_reader, "POLL_SECONDS", 0.05)
    _, address = await invited(harness, mail)
    folder, tries = FolderOfReports({3: to(address)}), list[None]()

    def connect() -> FolderOfReports:
        tries.append(None)
        match len(tries):
            case 1:
                raise ConnectionRefusedError
            case 2:
                raise LoginError("no such user")
            case _:
                return folder

    before = REGISTRY.get_sample_value("usher_bounce_folder_failures_total") or 0
    running = asyncio.ensure_future(
        ImapReader(harness.pool, "folder", connect, RETURN_ADDRESSES, intake_of(harness)).run()
    )
    try:

        async def read() -> bool:
            assert not running.done(), running.exception()
            return bool(await bounces(harness))

        await until(read, "the folder is read once it is there")
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert REGISTRY.get_sample_value("usher_bounce_folder_failures_total") == before + 2
