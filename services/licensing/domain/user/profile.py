"""Rules of profiles: what counts as a change."""

from collections.abc import Iterator

from services.licensing.domain.user.events import Change
from services.licensing.domain.user.state import Profile
from shared.people.profile import EMAIL, REPORTS_TO, TEXT_KEYS


def changes_between(before: Profile, after: Profile) -> tuple[Change, ...]:
    """The fields that differ, in the order of the columns. An empty text and none are the same; a manager is the
    same by id, whatever their address is today."""
    return tuple(_changes(before, after))


def _changes(before: Profile, after: Profile) -> Iterator[Change]:
    for field in (EMAIL, *TEXT_KEYS):
        old, new = getattr(before, field) or None, getattr(after, field) or None
        if old != new:
            yield Change(field, old, new)
    was, now = before.reports_to, after.reports_to
    if (was and was.user_id) != (now and now.user_id):
        yield Change(REPORTS_TO, was and was.email, now and now.email, was and was.user_id, now and now.user_id)
    for name in dict.fromkeys((*before.custom_fields, *after.custom_fields)):
        old, new = before.custom_fields.get(name) or None, after.custom_fields.get(name) or None
        if old != new:
            yield Change(name, old, new)
