"""A token is worth exactly as much as the key that signed it."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.core.signed_ids import IN_MAILBOXES, Signer

KEY = "a key of this deployment"
OLD = "the key before the present"
SIGNER = Signer.of("invitation", KEY)
ONE = UUID("01890000-0000-7000-8000-000000000001")


@given(st.uuids())
def test_a_token_leads_back_to_its_id(identifier: UUID) -> None:
    token = SIGNER.sign(identifier)
    assert SIGNER.verify(token) == identifier
    assert len(token) == 64
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=200))
def test_what_nobody_signed_is_nobody(text: str) -> None:
    assert SIGNER.verify(text) is None


@given(st.integers(0, 63), st.sampled_from("AQgw0-_"))
def test_one_other_character_spoils_it(position: int, other: str) -> None:
    token = SIGNER.sign(ONE)
    spoilt = token[:position] + other + token[position + 1 :]
    assert (SIGNER.verify(spoilt) is None) == (spoilt != token)


@given(st.uuids())
def test_a_token_is_written_in_one_way(identifier: UUID) -> None:
    token = SIGNER.sign(identifier)
    others = {token + "=", token + "====", token + "\n", " " + token, token.replace("-", "+").replace("_", "/")}
    others |= {token.swapcase(), token[:-1] + "%" + f"{ord(token[-1]):02X}"}
    assert {SIGNER.verify(other) for other in others - {token}} <= {None}


def test_while_a_key_is_replaced_both_verify_and_the_new_one_signs() -> None:
    before, after = Signer.of("invitation", OLD), Signer.of("invitation", KEY, OLD)
    assert after.verify(before.sign(ONE)) == ONE
    assert after.sign(ONE) == SIGNER.sign(ONE)
    assert SIGNER.verify(before.sign(ONE)) is None


def test_a_token_for_one_purpose_is_none_for_another() -> None:
    assert Signer.of("session", KEY).verify(SIGNER.sign(ONE)) is None


def test_keys_do_not_show_in_a_log() -> None:
    assert KEY not in repr(SIGNER)


@given(st.uuids())
def test_a_token_for_a_mailbox_is_short_and_has_no_case(identifier: UUID) -> None:
    signer = Signer.of("bounce", KEY, form=IN_MAILBOXES)
    token = signer.sign(identifier)
    assert signer.verify(token) == identifier
    assert len(token) == 52 and token.isalnum() and token == token.lower()
    assert SIGNER.verify(token) is None and signer.verify(SIGNER.sign(identifier)) is None
    assert {signer.verify(other) for other in (token + "=", token[:-1] + "b", token[:-1], token + "aa")} <= {None}
