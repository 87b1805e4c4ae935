"""Directories: that what they are told by SCIM is so."""

from collections import Counter
from collections.abc import Iterator

from services.licensing.domain.user.events import UserInvited
from shared.people.origins import SCIM
from tests.faults.evidence import Evidence


def directories_are_told_what_is_so(seen: Evidence) -> Iterator[str]:
    """Whom a directory was told that they are there was invited by it, once, however often it had to ask; whom it was
    told that there is no license for was not."""
    for admin in seen.admins:
        invited = Counter(
            recorded.event.after.profile.email
            for recorded in seen.logs["licensing"]
            if isinstance(recorded.event, UserInvited)
            and (recorded.context.company_id, recorded.context.origin) == (admin.id, SCIM)
        )
        for email in admin.done.created | admin.done.turned_away:
            if invited[email] != (email in admin.done.created):
                yield f"{admin.id}: a directory has invited {email} {invited[email]} times"
