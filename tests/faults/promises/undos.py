"""Undos: each is carried out whole, and who was told of an invitation is told that it was taken back."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from services.licensing.domain.confirmation.events import BatchApplied
from services.licensing.domain.user.events import InvitationCancelled, UserChanged
from services.notification.domain.mail import events as mail_events
from services.notification.domain.mail.content import Invitation, TakenBack
from shared.eventsourcing.events import Recorded
from tests.faults.evidence import Evidence
from tests.faults.promises.look import first_deliveries, mail_histories


def an_undo_happens_whole_or_not_at_all(seen: Evidence) -> Iterator[str]:
    """What an applied undo says that it has cancelled and restored is what happened to users by it, each once; of one
    that was not applied, nothing."""
    log = seen.logs["licensing"]
    cancelled, changed = _by_batch(log, InvitationCancelled), _by_batch(log, UserChanged)
    applied = {str(r.event.batch_id): r.event for r in log if isinstance(r.event, BatchApplied)}
    for undo in {r.stream.removeprefix("undo-") for r in log if r.stream.startswith("undo-")}:
        done = applied.get(undo)
        for found, count in ((cancelled[undo], done and done.cancelled), (changed[undo], done and done.changed)):
            if len(found) != (count or 0) or len(set(found)) != len(found):
                yield f"undo {undo}: {len(found)} users, it says {count}: {found[:3]}"
    told = Counter(m.data["user_id"] for m in first_deliveries(seen) if m.type == "InvitationCancelled")
    for stream in (each for found in cancelled.values() for each in dict.fromkeys(found)):
        if (times := told[stream.removeprefix("user-")]) != 1:
            yield f"{stream}: its cancellation was told {times} times"


def _by_batch(log: Sequence[Recorded[Any]], kind: type) -> dict[str, list[str]]:
    """The streams of users of whom such events tell, by the batch or undo that did it."""
    found: dict[str, list[str]] = defaultdict(list)
    for recorded in log:
        if isinstance(recorded.event, kind) and recorded.event.batch_id is not None:
            found[str(recorded.event.batch_id)].append(recorded.stream)
    return found


def who_was_told_is_told_that_it_was_taken_back(seen: Evidence) -> Iterator[str]:
    """Whose invitation went out, and was cancelled by an undo, gets one mail that says so."""
    sent, taken_back = set[str](), Counter[str]()
    for events in mail_histories(seen).values():
        content = events[0].content
        if isinstance(content, Invitation) and any(isinstance(each, mail_events.MailSent) for each in events):
            sent.add(str(content.user_id))
        elif isinstance(content, TakenBack):
            taken_back[str(content.user_id)] += 1
    for recorded in seen.logs["licensing"]:
        match recorded.event:
            case InvitationCancelled(after, _, batch_id) if batch_id is not None and str(after.user_id) in sent:
                if (times := taken_back[str(after.user_id)]) != 1:
                    yield f"{recorded.stream}: told {times} times that the invitation was taken back"
            case _:
                pass
