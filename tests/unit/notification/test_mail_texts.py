"""What mails say to those who are invited, and to who comes back."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from services.notification.formats.mail.texts import date
from tests.spec import replace
from tests.unit.notification.examples import (
    AT,
    EMAIL,
    INVITATION,
    REACTIVATION,
    TAKEN_BACK,
)
from tests.unit.notification.written_mails import ALL, COMPANY, COMPOSER, LINK, SIGNER, Words, both, part, written


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
