"""A batch's new users are known by batch and address alone."""

from uuid import UUID

import uuid_utils.compat as uuids
from hypothesis import given
from hypothesis import strategies as st

from shared.people.identity import invited_id

BATCH = UUID("0192f0c1-7c3e-7d2a-9f00-000000000001")


def test_the_same_batch_and_address_are_the_same_user_for_ever() -> None:
    assert str(invited_id(BATCH, "ann@northwind.example")) == "0192f0c1-7c3e-8455-b58a-20ef95febaa8"


@given(st.emails(), st.emails())
def test_every_batch_and_every_address_are_another_user(one: str, other: str) -> None:
    ids = {invited_id(batch, email) for batch in (BATCH, uuids.uuid7()) for email in {one, other}}
    assert len(ids) == 2 * len({one, other})


def test_users_of_a_later_batch_come_later() -> None:
    later = UUID(int=BATCH.int + (1 << 80))
    assert invited_id(BATCH, "zoe@northwind.example") < invited_id(later, "ann@northwind.example")


def test_it_is_a_uuid_of_version_8() -> None:
    made = invited_id(BATCH, "ann@northwind.example")
    assert made.version == 8
    assert made.variant == "specified in RFC 4122"
