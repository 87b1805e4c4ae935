"""Webhooks: that they are told."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.faults.admin import Admin, Hook
from tests.faults.evidence import Evidence, Message
from tests.faults.promises.look import first_deliveries
from usher_contracts.topics import DIRECTORY, ERASURES


def webhooks_are_told_everything(seen: Evidence) -> Iterator[str]:
    """Each webhook's receiver has taken every event of its company since it was registered, as it is on Kafka, what is
    about one user in its order from first delivery to first delivery; and nothing of another company's."""
    for admin in seen.admins:
        for hook in admin.done.webhooks:
            sent = [request.event for request in seen.deliveries if request.path == hook.path]
            yield from (f"{hook.path}: was told {e}, of another company" for e in sent if e["companyid"] != admin.id)
            yield from _everything(seen, hook, sent, _of(admin, hook, seen))


_UNTOLD = (DIRECTORY, ERASURES)


def _of(admin: Admin, hook: Hook, seen: Evidence) -> list[Message]:
    of_company = (m for m in first_deliveries(seen) if m.company == admin.id and m.topic not in _UNTOLD)
    return [message for message in of_company if message.time >= hook.since]


def _everything(
    seen: Evidence, hook: Hook, sent: Sequence[dict[str, Any]], expected: Sequence[Message]
) -> Iterator[str]:
    first = {event["id"]: place for place, event in reversed([*enumerate(sent)])}
    lines = defaultdict[tuple[str, str], list[tuple[int, int]]](list)
    for message in expected:
        place = first.get(message.id)
        if place is None or _kept(seen, message, sent[place]["data"]) != _kept(seen, message, message.data):
            yield f"{hook.path}: was never told {message.type} {message.id}, or with other data"
        else:
            line = message.data.get("user_id") or message.headers["ce_subject"]
            lines[message.topic, line].append((place, message.sequence))
    for line, places in lines.items():
        sequences = [sequence for _, sequence in sorted(places)]
        if sequences != sorted(sequences):
            yield f"{hook.path}: was told of {line} in the order {sequences}"


def _kept(seen: Evidence, message: Message, data: Any) -> Any:
    """What was told later was told without those who are forgotten since."""
    return seen.without_forgotten(data, message.company, message.time)
