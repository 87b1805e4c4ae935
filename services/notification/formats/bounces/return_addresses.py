"""Return addresses: where an invitation comes back to if it can't be delivered, one for each mail (known as VERP)."""

from __future__ import annotations

import re
from uuid import UUID

from shared.core.signed_ids import IN_MAILBOXES, Signer

PURPOSE = "bounce"
"""Under which the tokens are signed: with the key of the links, and good for no link."""
_PREFIX = "bounce+"


class ReturnAddresses:
    """Addresses `bounce+TOKEN@DOMAIN`, whose token is the signed id of the mail. `key` and `previous` are those of the
    links."""

    def __init__(self, domain: str, key: str, previous: str | None = None) -> None:
        self._domain = domain.lower()
        self._signer = Signer.of(PURPOSE, key, previous, IN_MAILBOXES)
        self._pattern = re.compile(rf"{re.escape(_PREFIX)}([a-z2-7]{{1,64}})@{re.escape(self._domain)}(?![\w.-])")

    def of(self, mail_id: UUID) -> str:
        """The address of a mail."""
        return f"{_PREFIX}{self._signer.sign(mail_id)}@{self._domain}"

    def is_ours(self, address: str) -> bool:
        """Whether it has the form of one, whoever has made it."""
        return self._pattern.fullmatch(address.lower()) is not None

    def mail_of(self, text: str) -> UUID | None:
        """The mail of the first good address in a text, such as the field of a header; None where there is none."""
        found = (self._signer.verify(token) for token in self._pattern.findall(text[:_MAX_TEXT].lower()))
        return next((mail_id for mail_id in found if mail_id is not None), None)


_MAX_TEXT = 1 << 16
