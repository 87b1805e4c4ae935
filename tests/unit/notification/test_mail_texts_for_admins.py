"""What mails say to admins and to who may buy."""

from __future__ import annotations

import re

import pytest

from services.notification.domain.mail.content import Content, MissingSeats, Undelivered
from tests.spec import replace
from tests.unit.notification.examples import (
    ASKED,
    BATCH_ID,
    CHECKED_AGAIN,
    DECLINED,
    FINISHED,
    GRANTED,
    MORE_ASKED,
    RETURNED,
    UNDO_RETURNED,
    UNDONE,
    WITHOUT_SEATS,
)
from tests.unit.notification.written_mails import Words, both, part, written


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
