"""Asking that somebody is forgotten: who has left leaves the log too, and every service is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork, lock_company_shared, new_id
from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.erasure.reason import without_person
from services.licensing.domain.refusals import Refused
from services.licensing.domain.stored_events import Event, user_stream
from services.licensing.domain.user.commands import Forget
from services.licensing.domain.user.state import Actor, Gone, Nobody, User
from services.licensing.read_models.erasures import query
from shared.erasure.events import erasure_stream
from shared.erasure.person import EVERYWHERE, AddressDigests, is_marker, marker_of
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context
from shared.people.address import Address, compare_form


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is to be forgotten, by ``address`` or as ``user_id``, and why. ``company_id`` None: everywhere, as the
    platform may; ``by`` the admin who asks."""

    address: Address | None
    user_id: UUID | None
    reason: str
    company_id: UUID | None
    by: Actor | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A user whom it is about: what they are, in how many events, and all that was known of them by name."""

    user_id: UUID
    company_id: UUID
    state: User
    version: int
    addresses: frozenset[str]
    names: frozenset[str]


async def request_erasure(tx: Transaction[Event], asked: Asked, digests: AddressDigests, uow: UnitOfWork) -> UUID:
    """Returns the id of the erasure: of the one that there is, where the same is asked again. ``uow`` is of the
    company that asks. Raises Refused ``still_member``, ``nobody_to_erase``."""
    if asked.company_id is not None:
        await uow.lock_company("shared", asked.by)
    found, key = await _find(tx, asked)
    if not found:
        again = await _asked_before(tx, asked, digests, key)
        if again is not None:
            return again
        if asked.address is None or asked.company_id is not None:
            raise Refused("nobody_to_erase")
    if asked.company_id is None:
        for company_id in sorted({each.company_id for each in found}):
            await lock_company_shared(tx, company_id)
    erasure_id = new_id()
    for each in found:
        await _forget(tx, asked, uow, each, marker_of(erasure_id))
    await _append(tx, asked, uow.context, erasure_id, found, await _digests(tx, digests, found, key))
    return erasure_id


async def _find(tx: Transaction[Event], asked: Asked) -> tuple[list[_Found], str | None]:
    """The users whom it is about, who were not forgotten already; and the address under which they are known, in
    compared form."""
    first, key = list[_Found](), asked.address.key if asked.address else None
    if asked.user_id is not None:
        one = await _user(tx, asked.user_id, asked.company_id)
        if one is None or is_marker(_address(one.state)):
            return [], None
        first, key = [one], compare_form(_address(one.state))
    ids = [row["user_id"] for row in await tx.conn.fetch(_UNDER_ADDRESS, key, asked.company_id)]
    others = [await _user(tx, each, asked.company_id) for each in ids if each != asked.user_id]
    return [*first, *(each for each in others if each and compare_form(_address(each.state)) == key)], key


async def _user(tx: Transaction[Event], user_id: UUID, company_id: UUID | None) -> _Found | None:
    history = await tx.load(user_stream(user_id))
    states: list[User] = [state for r in history if (state := getattr(r.event, "after", None)) is not None]
    if not states or isinstance(last := states[-1], Nobody) or company_id not in (None, last.company_id):
        return None
    profiles = [state.profile for state in states if not isinstance(state, Nobody | Gone)]
    names = {name for profile in profiles for name in (profile.first_name, profile.last_name) if name}
    addresses = frozenset(_address(state) for state in states)
    return _Found(user_id, last.company_id, last, len(history), addresses, frozenset(names))


def _address(user: User) -> str:
    match user:
        case Nobody():
            return ""
        case Gone(email=email):
            return email
        case member:
            return member.profile.email


async def _asked_before(tx: Transaction[Event], asked: Asked, digests: AddressDigests, key: str | None) -> UUID | None:
    """Who was only ever in files may be in newer ones: for them what is carried out already is asked anew."""
    wanted = digests.of(key) if key else ()
    only_files = asked.company_id is None and asked.user_id is None
    return await query.of_person(tx.conn, asked.company_id, asked.user_id, wanted, undone=only_files)


async def _forget(tx: Transaction[Event], asked: Asked, uow: UnitOfWork, found: _Found, marker: str) -> None:
    own = UnitOfWork(tx, found.company_id, uow.context, uow.policy, uow.permissions_from)
    own.decide_user(found.user_id, Snapshot(found.state, found.version), Forget(marker, asked.by))
    await own.flush()


async def _digests(
    tx: Transaction[Event], digests: AddressDigests, found: Sequence[_Found], key: str | None
) -> tuple[str, ...]:
    """Of all addresses that they ever had and that are nobody else's by now."""
    former = {compare_form(address) for each in found for address in each.addresses} - {key}
    taken = {row["email_key"] for row in await tx.conn.fetch(_TAKEN, sorted(former))}
    theirs = [*([key] if key else []), *sorted(former - taken)]
    return tuple(digests.of(address)[0] for address in theirs)


async def _append(
    tx: Transaction[Event],
    asked: Asked,
    context: Context,
    erasure_id: UUID,
    found: Sequence[_Found],
    digests: tuple[str, ...],
) -> None:
    where = asked.company_id or EVERYWHERE
    known = {text for each in found for text in (*each.addresses, *each.names)}
    known |= {asked.address.text} if asked.address else set()
    event = ErasureRequested(
        erasure_id=erasure_id,
        company_id=where,
        user_ids=tuple(each.user_id for each in found),
        address_digests=digests,
        erased_at=context.at,
        reason=without_person(asked.reason, known),
        by=asked.by,
    )
    await tx.append(erasure_stream(erasure_id), 0, [event], replace(context, company_id=str(where)))


_UNDER_ADDRESS = """
SELECT user_id FROM users WHERE email_key = $1 AND ($2::uuid IS NULL OR company_id = $2)
UNION
SELECT user_id FROM invitations WHERE email_key = $1 AND ($2::uuid IS NULL OR company_id = $2)
"""
_TAKEN = "SELECT email_key FROM addresses WHERE email_key = ANY ($1::text[]) AND user_id IS NOT NULL"
