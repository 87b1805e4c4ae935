"""Seats of methodologies on a real database: who has one, and how many are left."""

from dataclasses import replace

import pytest

from services.licensing.domain.licenses.company_settings import Methodology
from services.licensing.read_models.seats.query import MethodologySeats
from tests.integration.licensing.world import SETTINGS, Licensing

pytestmark = pytest.mark.anyio

COMMAND = Methodology("command", "Command of the Message", 3)
VALUE = Methodology("value", "Value Negotiation", 2)
OFFERED = (COMMAND, VALUE)


async def test_a_company_says_what_it_has_bought_and_is_told_what_is_left(licensing: Licensing) -> None:
    company = await licensing.company(methodologies=OFFERED)
    assert (await licensing.seats(company)).methodologies == [
        MethodologySeats(
            id=each.id, name=each.name, purchased=each.purchased, reserved=0, consumed=0, available=each.purchased
        )
        for each in OFFERED
    ]
    await licensing.provision(company, replace(SETTINGS, methodologies=(VALUE,)))
    assert [each.id for each in (await licensing.seats(company)).methodologies] == ["value"]
