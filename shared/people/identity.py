"""Who a batch's new user is: known to whoever knows the batch and the address, so that nobody has to be told."""

from hashlib import sha256
from uuid import UUID

_VERSION, _VARIANT = 0x8 << 76, 0x2 << 62
_FREE = ~(0xF << 76 | 0x3 << 62)


def invited_id(batch_id: UUID, email_key: str) -> UUID:
    """The id of the user whom this batch invites under this address, in compared form.

    A UUIDv8 (RFC 9562, 5.8): first the time in the batch's own id, so that the users of a batch stand together in an
    index; then a digest of both.
    """
    digest = sha256(batch_id.bytes + email_key.encode()).digest()
    mixed = int.from_bytes(batch_id.bytes[:6] + digest[:10])
    return UUID(int=mixed & _FREE | _VERSION | _VARIANT)
