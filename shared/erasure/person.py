"""Who is to be forgotten: by ids of users and by digests of addresses, so that what says so carries no address."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from shared.people.address import compare_form
from shared.people.mentions import keys_in, without

EVERYWHERE = UUID(int=0)
"""In place of a company's id: the person is forgotten in all of them."""
_MARKER = re.compile(r"erased-[0-9a-f]{12}@erased\.invalid")
ERASED = "erased"
"""What stands where a text of the person stood."""
_REMEMBERED = 1 << 16


def marker_of(erasure_id: UUID) -> str:
    """The address that stands where that of the forgotten stood: one that nobody has, and another for each erasure."""
    return f"erased-{erasure_id.hex[-12:]}@erased.invalid"


def is_marker(address: str) -> bool:
    """Whether it is such an address."""
    return _MARKER.fullmatch(address) is not None


class AddressDigests:
    """Digests of addresses under a key (HMAC-SHA256): who has none of the keys can't try addresses out."""

    def __init__(self, key: str, previous: str | None = None) -> None:
        keys = [each.encode() for each in (key, previous) if each]

        def digests(address: str) -> tuple[str, ...]:
            compared = compare_form(address).encode()
            return tuple(hmac.new(each, compared, hashlib.sha256).hexdigest() for each in keys)

        self.of: Callable[[str], tuple[str, ...]] = lru_cache(_REMEMBERED)(digests)
        """An address' digests, the one under the present key first. Spellings of one address have the same."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be forgotten: in one company or EVERYWHERE, in what is from before ``erased_at``; who comes back later
    is somebody new."""

    erasure_id: UUID
    company_id: UUID
    user_ids: frozenset[UUID]
    address_digests: frozenset[str]
    erased_at: datetime
    _digests: AddressDigests = field(repr=False, compare=False)

    @staticmethod
    def of(said: Mapping[str, Any], digests: AddressDigests) -> "Person":
        """Who a request to forget somebody is about, from its JSON."""
        ids: Sequence[str] = said["user_ids"]
        return Person(
            erasure_id=UUID(said["erasure_id"]),
            company_id=UUID(said["company_id"]),
            user_ids=frozenset(map(UUID, ids)),
            address_digests=frozenset(said["address_digests"]),
            erased_at=datetime.fromisoformat(said["erased_at"]),
            _digests=digests,
        )

    @property
    def company(self) -> UUID | None:
        """The company in which they are forgotten; None: in all."""
        return None if self.company_id == EVERYWHERE else self.company_id

    def as_of(self, at: datetime) -> "Person":
        """Who it is in what is from that time. What came after the request is theirs by their ids alone, which nobody
        has again: under their address somebody new may be there."""
        return self if at < self.erased_at else replace(self, address_digests=frozenset())

    @property
    def marker(self) -> str:
        """The address that stands where theirs stood."""
        return marker_of(self.erasure_id)

    def has_id(self, value: object) -> bool:
        """Whether this is an id of theirs, as a UUID or as text."""
        if isinstance(value, str):
            try:
                value = UUID(value)
            except ValueError:
                return False
        return isinstance(value, UUID) and value in self.user_ids

    def has_address(self, text: str) -> bool:
        """Whether this is an address of theirs, in whatever spelling."""
        return bool(text) and not self.address_digests.isdisjoint(self._digests.of(text))

    def digest(self, address: str) -> str:
        """By what an address is known without being said."""
        return self._digests.of(address)[0]

    def without_address(self, text: str) -> str:
        """The text with the marker in place of their addresses."""
        return without(text, self.has_address, self.marker, prose=True)

    def is_in(self, text: str) -> bool:
        """Whether an id or an address of theirs stands somewhere in a text, as JSON writes it."""
        if any(str(each) in text for each in self.user_ids):
            return True
        return any(map(self.has_address, keys_in(text, prose=True)))
