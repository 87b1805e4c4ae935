"""What mails say, to whom, and that nobody can write into them what does not belong there."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notification.domain.mail.content import Content, MissingSeats, Undelivered
from services.notification.domain.mail.events import MailQueued
from services.notification.formats.mail.compose import Composer, Envelope, Unmailable
from services.notification.formats.mail.plain_names import plain
from services.notification.formats.mail.texts import date
from shared.core.signed_ids import Signer
from tests.spec import replace
from tests.unit.notification.examples import (
    ASKED,
    AT,
    BATCH_ID,
    CHECKED_AGAIN,
    DECLINED,
    EMAIL,
    FINISHED,
    GRANTED,
    INVITATION,
    MESSAGE_ID,
    MORE_ASKED,
    QUEUED,
    REACTIVATION,
    RETURNED,
    TAKEN_BACK,
    UNDO_RETURNED,
    UNDONE,
    WITHOUT_SEATS,
)

MAIL_ID = UUID("0190a000-0000-7000-8000-0000000000e1")
SIGNER = Signer.of("invitation", "a key that is long enough for it")
COMPOSER = Composer(Address("Usher", "no-reply", "usher.example"), "https://usher.example/", SIGNER)
COMPANY = "Northwind Trading"
LINK = f"https://usher.example/join/{SIGNER.sign(INVITATION.invitation_id)}"

ALL = (
    *(INVITATION, REACTIVATION, TAKEN_BACK, FINISHED, RETURNED, WITHOUT_SEATS, ASKED, DECLINED),
    *(UNDONE, UNDO_RETURNED, MORE_ASKED, GRANTED, CHECKED_AGAIN),
)


def message_of(envelope: Envelope) -> bytes:
    """As who receives it has it: without the final dot, and dots undoubled."""
    assert envelope.data.endswith(b"\r\n.\r\n")
    return envelope.data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def written(content: Content, company: str = COMPANY, recipient: str = EMAIL) -> EmailMessage:
    envelope = COMPOSER.envelope(MAIL_ID, MailQueued(recipient, MESSAGE_ID, content, AT), company, AT)
    message = message_from_bytes(message_of(envelope), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


class Words(HTMLParser):
    """The text and the links of a page, and whether it has anything active."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def both(content: Content, company: str = COMPANY) -> tuple[str, str]:
    message = written(content, company)
    return part(message, "plain"), Words(part(message, "html")).text


def test_an_invitation_says_who_where_what_and_until_when() -> None:
    for text in both(INVITATION):
        assert "Marta Lindqvist invites you to join Northwind Trading" in text
        assert "Hello Yusuf," in text
        assert EMAIL in text
        assert "It works for 14 days, until 18 December 2026." in text
        assert LINK in text


def test_of_a_batch_everybody_has_their_own_name_address_and_link() -> None:
    """Their mails are one, filled in for each (test_mail_merge.py)."""
    for n in range(3):
        one = replace(INVITATION, first_name=f"First{n}", invitation_id=UUID(int=n), user_id=UUID(int=n))
        message = written(one, recipient=f"person{n}@northwind.example")
        for text in (part(message, "plain"), Words(part(message, "html")).text):
            assert f"Hello First{n}," in text and f"reserved for you under person{n}@northwind.example" in text
        assert set(Words(part(message, "html")).links) == {f"https://usher.example/join/{SIGNER.sign(UUID(int=n))}"}


@pytest.mark.parametrize("hours", [-23, 0.3, 12, 36, 14 * 24 + 11.9])
def test_a_filled_in_mail_says_the_same_as_one_for_one_alone(hours: float) -> None:
    one = replace(INVITATION, expires_at=AT + timedelta(hours=hours))
    alone = COMPOSER.text(one, EMAIL, COMPANY)
    assert alone.note is not None and alone.note in " ".join(part(written(one), "plain").split())


def test_it_has_one_personal_link_in_both_parts() -> None:
    message = written(INVITATION)
    plain, html = part(message, "plain"), part(message, "html")
    assert re.findall(r"/join/[\w-]+", plain) == [LINK.removeprefix("https://usher.example")]
    assert set(Words(html).links) == {LINK}


def test_who_has_records_is_told_of_the_choice() -> None:
    for text in both(INVITATION):
        assert "you already have a Pro plan under this address" in text
        assert "transfer your records into the company account" in text
        assert "start fresh" in text


def test_an_account_without_a_named_plan_is_a_choice_too() -> None:
    assert "an account of your own" in both(replace(INVITATION, previous_plan=None))[0]


def test_who_has_none_is_not() -> None:
    for text in both(replace(INVITATION, transfer=False, previous_plan=None)):
        assert "transfer" not in text
        assert "fresh" not in text


def test_a_new_link_says_that_the_earlier_one_no_longer_works() -> None:
    message = written(replace(INVITATION, again=True))
    assert "the one in an earlier mail no longer works" in part(message, "plain")
    assert "(new link)" in str(message["Subject"])


def test_validity_is_what_the_event_says() -> None:
    text = both(replace(INVITATION, expires_at=AT + timedelta(days=1)))[0]
    assert "It works for 1 day, until 5 December 2026." in text


def test_an_inviter_without_a_name_is_known_by_the_address() -> None:
    assert "marta.lindqvist@northwind.example invites you" in both(replace(INVITATION, inviter_name=""))[0]
    assert "An admin invites you" in both(replace(INVITATION, inviter_name="", inviter_email=""))[0]


def test_who_is_reactivated_is_told_so() -> None:
    for text in both(REACTIVATION):
        assert "Marta Lindqvist has reactivated your account at Northwind Trading" in text


def test_who_was_invited_is_told_that_it_was_taken_back_and_by_whom() -> None:
    for text in both(TAKEN_BACK):
        assert "Marta Lindqvist has taken back your invitation to join Northwind Trading" in text
        assert "ask Marta Lindqvist (marta.lindqvist@northwind.example)" in text
    by_address = replace(TAKEN_BACK, by_name=TAKEN_BACK.by_email)
    assert "ask marta.lindqvist@northwind.example." in both(by_address)[0]


def test_a_batch_that_found_too_few_seats_says_of_which_methodologies() -> None:
    seats = (*WITHOUT_SEATS.methodologies, MissingSeats("Value Selling", 7, 0))
    for text in both(replace(WITHOUT_SEATS, requested=1, available=5)):
        assert "there are not enough seats of Command of the Message" in text
        assert "needs 2 seats of Command of the Message and 1 is available" in text and "license" not in text
    for text in both(replace(WITHOUT_SEATS, requested=1, available=5, methodologies=seats)):
        assert "there are not enough seats of some methodologies" in text
        assert "2 seats of Command of the Message and 1 is available; 7 seats of Value Selling and none is" in text
    for text in both(WITHOUT_SEATS):
        assert "there are not enough licenses and seats" in text
        assert "needs 3 licenses and 1 is available; 2 seats of Command of the Message and 1 is available" in text


def test_where_the_licenses_suffice_it_was_the_seats_of_a_methodology() -> None:
    for text in both(replace(RETURNED, requested=1, available=5)):
        assert "seats of a methodology" in text
        assert "1 license" not in text
    for text in both(RETURNED):
        assert "needs 3 licenses and 1 is available" in text
        assert "seats of a methodology" not in text


def test_an_undo_says_what_it_came_to() -> None:
    for text in both(UNDONE):
        assert "Invitations taken back" in text and "Users as before" in text
    for text in both(UNDO_RETURNED):
        assert "Nothing has been undone yet" in text


def test_the_admin_reads_what_was_done_and_what_failed_by_name() -> None:
    for text in both(FINISHED):
        assert "Your upload has finished. 1 invitation could not be delivered" in text
        assert "northwind-autumn-changes.xlsx" in text
        facts = [("Invited", 3), ("Changed", 8), ("Invitation e-mails sent", 2), ("Failed deliveries", 1)]
        for label, number in facts:
            assert re.search(rf"{label}(: )?{number}", text)
        assert "Lars Holm, lars.holm@northwind.example" in text
        assert "550 5.1.1 mailbox not found" in text
        assert "Correct the e-mail in My Team and resend the invitation" in text
        assert "Still being delivered" not in text
    assert str(written(FINISHED)["Subject"]) == "Finished, with 1 failed delivery: northwind-autumn-changes.xlsx"


def test_when_all_went_well_nothing_else_is_said() -> None:
    content = replace(FINISHED, sent=3, failed=0, failures=())
    assert str(written(content)["Subject"]) == "Finished: northwind-autumn-changes.xlsx"
    assert "could not" not in both(content)[0]


def test_the_deferred_are_named_too() -> None:
    late = Undelivered("Ann Bo", "ann@slow.example", "450 later")
    for text in both(replace(FINISHED, sent=1, deferred=1, deferrals=(late,))):
        assert "1 invitation could not be delivered, 1 invitation is still being delivered" in text
        assert "Ann Bo, ann@slow.example" in text
        assert "We keep trying; My Team shows how it goes" in text


def test_many_failures_are_named_in_part_and_counted_in_full() -> None:
    assert "and 61 more: My Team shows them all." in both(replace(FINISHED, failed=62))[0]


def test_no_admins_mail_holds_anybodys_personal_link() -> None:
    for content in (FINISHED, RETURNED, ASKED, DECLINED, UNDONE, UNDO_RETURNED, MORE_ASKED, GRANTED, CHECKED_AGAIN):
        for body in (part(written(content), "plain"), part(written(content), "html")):
            assert "/join/" not in body


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (RETURNED, "needs 3 licenses and 1 is available"),
        (replace(RETURNED, reason="stale_review"), "changed after you reviewed"),
    ],
)
def test_a_batch_that_went_back_says_why_and_that_nothing_has_happened(content: Content, words: str) -> None:
    for text in both(content):
        assert words in text
        assert "Nothing has happened yet" in text
    assert any("/batches/" in link for link in Words(part(written(content), "html")).links)


def test_another_admin_reads_who_asks_for_what_and_where_to_look_at_it() -> None:
    for text in both(ASKED):
        assert "Marta Lindqvist (marta.lindqvist@northwind.example) has confirmed" in text
        assert "600" in text and "11 December 2026" in text and "Nothing has happened yet" in text
    links = Words(part(written(ASKED), "html")).links
    assert any(link.endswith(f"/batches/{BATCH_ID}/confirm") for link in links)


def test_who_asked_reads_who_declined_and_why_or_that_nobody_came() -> None:
    for text in both(DECLINED):
        assert "Jonas Weber did not approve" in text and "Lyon joins in January." in text
        assert "Nothing has happened" in text
    for text in both(replace(DECLINED, declined_by_name=None, comment=None)):
        assert "Nobody has approved your upload" in text and "None" not in text


def test_who_may_buy_reads_who_asks_for_what_and_what_is_theirs_to_do() -> None:
    message = written(MORE_ASKED)
    assert str(message["Subject"]) == (
        "Marta Lindqvist asks for 12 more licenses and 5 more methodology seats for Northwind Trading"
    )
    for text in both(MORE_ASKED):
        assert "Hello Jonas Weber," in text and "Marta Lindqvist (marta.lindqvist@northwind.example)" in text
        assert "They write: “For the team in Lyon.”" in text
        assert re.search(r"Licenses(: )?12", text) and re.search(r"Command of the Message(: )?5", text)
        assert "Order them where your company buys Usher" in text
    assert "https://usher.example/access" in Words(part(message, "html")).links
    one = replace(MORE_ASKED, licenses=1, methodologies=(), note=None, asked_by_name="")
    for text in both(one):
        assert "asks for 1 more license" in text and "They write" not in text and "None" not in text


def test_who_asked_for_more_reads_what_was_answered_and_what_happens_now() -> None:
    for text in both(GRANTED):
        assert "Granted: 12 more licenses and 5 more methodology seats" in text
        assert "On the invoice of December." in text and "checked again by itself" in text
    for text in both(replace(GRANTED, granted=False, batch_id=None, comment=None)):
        assert "was declined" in text and "fewer new users" in text
        assert "by itself" not in text and "None" not in text


def test_who_waited_for_licenses_reads_that_it_is_their_turn() -> None:
    for text in both(CHECKED_AGAIN):
        assert "Ready to confirm" in text and "Nothing has happened yet" in text
        assert re.search(r"To invite(: )?12", text) and re.search(r"To change(: )?3", text)
    links = Words(part(written(CHECKED_AGAIN), "html")).links
    assert any(link.endswith(f"/batches/{BATCH_ID}/confirm") for link in links)
    for errors, words in ((2, "2 rows need a correction"), (1, "1 row needs a correction"), (0, "something in it")):
        for text in both(replace(CHECKED_AGAIN, ready=False, errors=errors)):
            assert words in text and "Ready" not in text and "To invite" not in text


def test_a_note_makes_no_link() -> None:
    for text in both(replace(MORE_ASKED, note="see https://elsewhere.example/login")):
        assert "://" not in text.split("They write")[1].split("”")[0]


def test_the_envelope_and_the_headers() -> None:
    envelope = COMPOSER.envelope(MAIL_ID, QUEUED, COMPANY, AT)
    message = written(INVITATION)
    assert (envelope.sender, envelope.recipient) == ("no-reply@usher.example", EMAIL)
    assert str(message["From"]) == "Usher <no-reply@usher.example>"
    assert str(message["To"]) == EMAIL
    assert str(message["Message-ID"]) == MESSAGE_ID
    assert message["Date"].datetime == AT
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert message.defects == []


def test_a_domain_in_another_script_is_mailed_in_its_ascii_form() -> None:
    envelope = COMPOSER.envelope(MAIL_ID, replace(QUEUED, recipient="Ana@bücher.example"), COMPANY, AT)
    assert envelope.recipient == "Ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@b@c.example", "a b@c.example", "a@c.example\r\nBcc: x@y.example", "a@"]
)
def test_an_address_that_is_none_is_refused_with_a_reason(recipient: str) -> None:
    with pytest.raises(Unmailable, match="can't be used for mail"):
        COMPOSER.envelope(MAIL_ID, replace(QUEUED, recipient=recipient), COMPANY, AT)


HEADERS = ["To", "Subject", "Date", "Message-ID", "From", "MIME-Version", "Auto-Submitted", "Content-Type"]
HOSTILE = (
    "x\r\nBcc: everybody@victim.example",
    "x\n\n<html>",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\x00\x1b[2J",
    "=?utf-8?q?=0D=0ABcc:_x@y.example?=",
    "\ud800 lonely",
    "A" * 5000,
    ".\r\n.\r\nMAIL FROM:<x>",
)


def shown(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    hostile = replace(INVITATION, first_name=name, inviter_name=name, inviter_email=name)
    message = written(hostile, company=name)
    assert message.keys() == HEADERS
    assert "\n" not in str(message["Subject"])
    html = Words(part(message, "html"))
    assert "script" not in html.tags
    assert set(html.links) == {LINK}
    assert LINK in part(message, "plain")


def test_an_address_that_looks_encoded_is_not_decoded() -> None:
    address = "=?utf-8?q?x=0D=0ABcc=3Ay?=@northwind.example"
    envelope = COMPOSER.envelope(MAIL_ID, replace(QUEUED, recipient=address), COMPANY, AT)
    assert envelope.recipient == address
    assert [name for name, _ in message_from_bytes(message_of(envelope)).items()] == HEADERS


@for_all(st.text(max_size=60), st.text(max_size=60))
def test_whatever_people_are_called_the_mail_is_well_formed(name: str, company: str) -> None:
    message = written(replace(INVITATION, inviter_name=name, first_name=name), company)
    assert message.keys() == HEADERS
    assert message.defects == []
    assert set(Words(part(message, "html")).links) == {LINK}
    names = [line for line in part(message, "plain").splitlines() if line.startswith("Hello")]
    assert len(names) == 1


def test_placeholders_in_a_name_are_just_text() -> None:
    assert "{{ 7 * 7 }}" in both(replace(INVITATION, inviter_name="{{ 7 * 7 }}"))[1]


def test_a_mail_fetches_nothing_when_it_is_opened() -> None:
    for content in ALL:
        html = part(written(content), "html")
        assert "fonts.googleapis" not in html
        assert "<img" not in html
        assert "{{" not in html
        assert "{%" not in html


def test_nobody_is_asked_please() -> None:
    for content in ALL:
        assert not re.search(r"please|oops|invalid", both(content)[0], re.IGNORECASE)


def test_a_day_is_written_as_people_write_it() -> None:
    assert date(AT) == "4 December 2026"


def lines(content: Content, company: str = COMPANY) -> list[bytes]:
    return message_of(COMPOSER.envelope(MAIL_ID, MailQueued(EMAIL, MESSAGE_ID, content, AT), company, AT)).split(
        b"\r\n"
    )


@pytest.mark.parametrize("name", ["--=_usher_letter_part", "Zoë", "n" * 2_000])
def test_whatever_somebody_is_called_the_mail_has_its_two_parts_and_no_line_too_long(name: str) -> None:
    invitation = replace(INVITATION, first_name=name, inviter_name=name)
    message = written(invitation, f"{COMPANY}\n{name}")
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert name in part(message, "plain")
    assert name in Words(part(message, "html")).text
    assert max(map(len, lines(invitation, name))) <= 998, "RFC 5322, 2.1.1"


def test_what_needs_no_encoding_has_none() -> None:
    encodings = [each["Content-Transfer-Encoding"] for each in written(INVITATION).iter_parts()]
    assert encodings == ["quoted-printable", "7bit"], "the text has an apostrophe, the HTML has it as a number"


PHISH = "Win at https://evil.example/x or mail me@evil.example"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Win at https://evil.example/x", "Win at https evil.example x"),
        ("me@evil.example", "me evil.example"),
        ("evil.example\\x", "evil.example x"),
        ("https:／／evil.example／x", "https evil.example x"),
        ("https：//evil.example", "https evil.example"),
        ("me＠evil﹫example", "me evil example"),
        ("http:\u2044\u2044evil.example", "http evil.example"),
        ("Sales: EMEA, J. R. O’Neil-Smith & Co.", "Sales: EMEA, J. R. O’Neil-Smith & Co."),
        ("://", ""),
    ],
)
def test_a_name_holds_no_address(typed: str, said: str) -> None:
    assert plain(typed) == said


@pytest.mark.parametrize("content", ALL, ids=lambda c: c.kind)
def test_nothing_that_a_tenant_typed_is_an_address_in_a_mail(content: Content) -> None:
    """Each text that somebody typed, whatever the mail: a field that is added is tried too."""
    typed = {f: PHISH for f in content.__struct_fields__ if f.endswith(("_name", "comment")) and getattr(content, f)}
    for name in ("failures", "deferrals"):
        if hasattr(content, name):
            typed |= {name: tuple(replace(each, name=PHISH) for each in getattr(content, name))}
    message = written(replace(content, **typed), company=PHISH)
    for text in (*both(replace(content, **typed), PHISH), str(message["Subject"])):
        assert "Win at https evil.example x or mail me" in " ".join(text.split())
        assert "://evil" not in text and "evil.example/" not in text and "me@evil" not in text


def test_who_has_no_name_goes_by_their_address() -> None:
    nameless = replace(INVITATION, inviter_name=INVITATION.inviter_email)
    assert f"{INVITATION.inviter_email} invites you to join" in both(nameless)[0]


def test_the_admins_sentence_stands_in_both_parts_as_theirs() -> None:
    mail = written(replace(INVITATION, message='Bring <b>cake</b> & a "friend".'))
    said = 'Marta Lindqvist writes: “Bring <b>cake</b> & a "friend".”'
    assert said in " ".join(part(mail, "plain").split())
    words = Words(part(mail, "html"))
    assert said in " ".join(words.text.split())
    assert set(words.links) == {LINK}
    assert "b" not in words.tags


def test_a_batchs_mails_with_a_sentence_are_merged_and_say_it_to_each() -> None:
    one, other = (replace(INVITATION, first_name=name, message="Welcome aboard!") for name in ("Yusuf", "Lars"))
    for content in (one, other, replace(one, message=None)):
        text = part(written(content), "plain")
        assert f"Hello {content.first_name}," in text
        assert ("writes: “Welcome aboard!”" in text) == (content.message is not None)
