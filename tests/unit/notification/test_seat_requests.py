"""Who is mailed what about a request for more."""

from __future__ import annotations

import usher_contracts as contracts
from services.notification.application.seat_requests import AboutSeats, mails_about
from services.notification.domain.mail.content import BatchCheckedAgain, SeatsAnswered, SeatsRequested, WantedSeats
from usher_contracts.examples import EXAMPLES


def example(kind: type[contracts.Event]) -> AboutSeats:
    found = next(each for each in EXAMPLES if isinstance(each, kind))
    assert isinstance(found, AboutSeats)
    return found


def test_everybody_who_may_buy_is_told_who_asks_for_what() -> None:
    asked = example(contracts.SeatsRequested)
    assert isinstance(asked, contracts.SeatsRequested)
    nameless = contracts.Person(email="pat@northwind.example", name="pat@northwind.example")
    (one, first), (two, second) = mails_about(asked.model_copy(update={"purchasers": (*asked.purchasers, nameless)}))
    assert (one, two) == ("jonas.weber@northwind.example", "pat@northwind.example")
    assert isinstance(first, SeatsRequested) and isinstance(second, SeatsRequested)
    assert (first.purchaser_name, second.purchaser_name) == ("Jonas Weber", "")
    assert first.methodologies == (WantedSeats("Command of the Message", 5),) and first.licenses == 12


def test_a_methodology_without_a_name_goes_by_its_id() -> None:
    asked = example(contracts.SeatsRequested).model_copy(update={"methodology_names": {}})
    ((_, mail),) = mails_about(asked)
    assert isinstance(mail, SeatsRequested) and mail.methodologies == (WantedSeats("command", 5),)


def test_nobody_is_told_where_nobody_may_buy() -> None:
    assert list(mails_about(example(contracts.SeatsRequested).model_copy(update={"purchasers": ()}))) == []


def test_who_asked_is_told_the_answer() -> None:
    ((to, mail),) = mails_about(example(contracts.SeatsRequestAnswered))
    assert to == "marta.lindqvist@northwind.example" and isinstance(mail, SeatsAnswered) and mail.granted


def test_the_admins_of_a_batch_are_told_that_it_was_checked_again() -> None:
    ((to, mail),) = mails_about(example(contracts.BatchCheckedAgain))
    assert to == "marta.lindqvist@northwind.example" and isinstance(mail, BatchCheckedAgain) and mail.ready
