"""Events, from the logs to Kafka."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from services.upload.domain.batch.events import FilesErased
from shared.messaging.cloudevents import encode
from tests.faults.evidence import Evidence, Message
from tests.faults.promises.look import first_deliveries
from usher_contracts import topics

_ADDRESS = re.compile(rb"[\w.+-]+@(c[0-9a-f]{8}\.example)")


def what_is_committed_is_published_and_nothing_else(seen: Evidence) -> Iterator[str]:
    """A service's messages on Kafka are those of its log, by id, with their data."""
    found: dict[str, dict[tuple[str, str], Message]] = defaultdict(dict)
    for message in seen.messages:
        if message.service:
            found[message.service][message.topic, message.id] = message
    for service, log in seen.logs.items():
        store, expected = seen.store(service), set[tuple[str, str]]()
        for recorded in log:
            messages = store.publish(recorded)
            for outgoing, wire in zip(messages, encode(service, recorded, messages), strict=True):
                place = outgoing.topic, dict(wire.headers)["ce_id"].decode()
                expected.add(place)
                sent = found[service].get(place)
                if sent is None:
                    yield f"{service}: position {recorded.position} ({outgoing.type}) is not on {outgoing.topic}"
                elif (_kept(seen, sent, sent.value), sent.key) != (_kept(seen, sent, outgoing.data), outgoing.key):
                    yield f"{service}: position {recorded.position} is on {outgoing.topic} with other data"
        for topic, id_ in found[service].keys() - expected:
            yield f"{service}: {id_} on {topic} was never committed"
        for row in seen.rows[service]["lost"]:
            yield f"{service}: {row} has no position"


def _kept(seen: Evidence, message: Message, value: bytes | None) -> Any:
    """What a message says without those who are forgotten since; word for word where nobody is. A batch's files are
    others without them, under other names."""
    if not seen.forgotten or not value:
        return value
    document = seen.without_forgotten(json.loads(value), message.company, message.time)
    if any(isinstance(r.event, FilesErased) and r.stream == message.stream for r in seen.logs["upload"]):
        return {key: None if _is_object(each) else each for key, each in document.items()}
    return document


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and "sha256" in value


def every_key_is_in_order(seen: Evidence) -> Iterator[str]:
    """Within a partition, ce_sequence rises strictly from first delivery to first delivery."""
    last: dict[tuple[str, int], int] = {}
    for message in first_deliveries(seen):
        place = message.topic, message.partition
        if message.sequence <= last.get(place, 0):
            yield f"{place}: {message.sequence} after {last[place]}, at offset {message.offset}"
        last[place] = message.sequence


def nothing_crosses_companies(seen: Evidence) -> Iterator[str]:
    """No event names another company than its own in its key, its headers and its data, nor an address of another's;
    no mail either."""
    names = {admin.id: admin.domain for admin in seen.admins}
    for message in seen.messages:
        if message.company not in names:
            continue
        said = {message.company, message.data.get("company_id", message.company)}
        if message.topic not in (topics.DIRECTORY, topics.ERASURES):
            said.add(message.key)
        domains = {found.decode() for found in _ADDRESS.findall(message.value or b"")}
        if said != {message.company} or not domains <= {names[message.company]}:
            yield f"{message.topic} {message.partition}/{message.offset}: {said} {domains}"
    companies = {admin.domain: admin.settings["name"] for admin in seen.admins}
    for mail in seen.mails:
        own = companies.get(mail.recipient.partition("@")[2])
        for other in set(re.findall(r"Company [0-9a-f]{8}", mail.text)) - {own}:
            yield f"a mail to {mail.recipient} names {other}"
        for domain in {found.decode() for found in _ADDRESS.findall(mail.text.encode())}:
            if companies.get(domain) != own:
                yield f"a mail to {mail.recipient} has an address of {domain}"
