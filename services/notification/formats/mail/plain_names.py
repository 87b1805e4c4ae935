"""What people and companies are called in mails that go out under the platform's sender.

Names are typed by whoever is an admin somewhere, and read by people who know neither them nor us. So a name holds no
address: no program makes a link of what is left.
"""

import re
import unicodedata
from functools import lru_cache

from msgspec.structs import replace

from services.notification.domain.mail.content import (
    ApprovalDeclined,
    ApprovalRequested,
    BatchCheckedAgain,
    BatchFinished,
    BatchReturned,
    Content,
    Invitation,
    InvitationSample,
    Reactivation,
    Reminder,
    SeatsAnswered,
    SeatsRequested,
    TakenBack,
    Undelivered,
    UndoFinished,
    UndoReturned,
    WantedSeats,
    WebhookSwitchedOffMail,
)

_OF_ADDRESSES = frozenset("/\\@\u2044\u2215")


@lru_cache(1024)
def plain(name: str) -> str:
    """The name without what makes an address of it: `://`, `/`, `\\`, `@`, however they are written."""
    if name.isascii() and _OF_ADDRESSES.isdisjoint(name):
        return " ".join(name.split())
    left = "".join("/" if _is_of_an_address(c) else c for c in name)
    return " ".join(re.sub(r"[:\uff1a]?/+", " ", left).split())


def _is_of_an_address(character: str) -> bool:
    # Full-width and small forms are the same to a reader, and to some programs.
    return not _OF_ADDRESSES.isdisjoint(unicodedata.normalize("NFKC", character))


def with_plain_names(content: Content) -> Content:  # noqa: C901  (a case a mail)
    """The same content, its names plain. What is said as an address stays: it is a token's or an invitation's."""
    match content:
        case Invitation():
            return plain_invitation(content)
        case InvitationSample() | Reminder():
            return replace(content, invitation=plain_invitation(content.invitation))
        case Reactivation():
            return replace(content, first_name=plain(content.first_name), by_name=plain(content.by_name))
        case BatchFinished():
            return replace(
                content,
                admin_name=plain(content.admin_name),
                file_name=content.file_name and plain(content.file_name),
                failures=tuple(_plain_entry(each) for each in content.failures),
                deferrals=tuple(_plain_entry(each) for each in content.deferrals),
            )
        case TakenBack():
            by = "" if content.by_name == content.by_email else plain(content.by_name)
            return replace(content, by_name=by)
        case BatchReturned():
            return replace(
                content,
                admin_name=plain(content.admin_name),
                file_name=content.file_name and plain(content.file_name),
                methodologies=tuple(
                    replace(each, methodology=plain(each.methodology)) for each in content.methodologies
                ),
            )
        case BatchCheckedAgain() | UndoFinished() | UndoReturned():
            return replace(
                content,
                admin_name=plain(content.admin_name),
                file_name=content.file_name and plain(content.file_name),
            )
        case ApprovalRequested():
            return replace(
                content,
                admin_name=plain(content.admin_name),
                asked_by_name=plain(content.asked_by_name),
                file_name=content.file_name and plain(content.file_name),
            )
        case WebhookSwitchedOffMail():
            return replace(content, admin_name=plain(content.admin_name), host=plain(content.host))
        case ApprovalDeclined():
            return replace(
                content,
                admin_name=plain(content.admin_name),
                file_name=content.file_name and plain(content.file_name),
                declined_by_name=content.declined_by_name and plain(content.declined_by_name),
                comment=content.comment and plain(content.comment),
            )
        case SeatsRequested():
            return replace(
                content,
                purchaser_name=plain(content.purchaser_name),
                asked_by_name=plain(content.asked_by_name),
                methodologies=_plain_seats(content.methodologies),
                note=content.note and plain(content.note),
            )
        case SeatsAnswered():
            return replace(
                content,
                admin_name=plain(content.admin_name),
                methodologies=_plain_seats(content.methodologies),
                comment=content.comment and plain(content.comment),
            )


def _plain_seats(wanted: tuple[WantedSeats, ...]) -> tuple[WantedSeats, ...]:
    return tuple(replace(each, methodology=plain(each.methodology)) for each in wanted)


def plain_invitation(content: Invitation) -> Invitation:
    """The same invitation, its names plain. Who has no name goes by the address, which stands in `inviter_email`."""
    inviter = "" if content.inviter_name == content.inviter_email else plain(content.inviter_name)
    return replace(
        content, first_name=plain(content.first_name), last_name=plain(content.last_name), inviter_name=inviter
    )


def _plain_entry(about: Undelivered) -> Undelivered:
    return replace(about, name=plain(about.name))
