"""Contract events as other services tell them, and as records that a consumer is given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from uuid_utils.compat import uuid7

import usher_contracts as contracts
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.cloudevents import encode
from shared.messaging.packed_records import KafkaMessage

MARTA = contracts.Person(email="marta@northwind.example", name="Marta")


@dataclass(frozen=True)
class Given:
    """A record, as far as an inbox looks at it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int = 0


def invited(company: str, events: int) -> Iterator[contracts.Event]:
    """A batch's users."""
    batch = str(uuid4())
    for n in range(events):
        yield contracts.UserInvited(
            company_id=company, user_id=str(uuid4()), email=f"person.{n}@{company[:8]}.example",
            first_name=f"First{n}", last_name=f"Last{n}", functional_area="Sales", title=f"Title {n % 40}",
            region="EMEA", custom_fields={"Cost Centre": f"{n:05}"}, status="waiting", invitation_id=str(uuid4()),
            invited_by=MARTA, batch_id=batch, version=1,
        )  # fmt: skip


def sent(company: str, events: int) -> Iterator[contracts.Event]:
    """What notification says of a batch's mails."""
    batch = str(uuid4())
    for n in range(events):
        yield contracts.InvitationSent(
            company_id=company,
            user_id=str(uuid4()),
            email=f"person.{n}@{company[:8]}.example",
            invitation_id=str(uuid4()),
            batch_id=batch,
            message_id=f"<{n}@usher.example>",
            attempts=1,
        )


def wires(owner: str, events: Iterator[contracts.Event]) -> Iterator[tuple[str, KafkaMessage]]:
    """Topic and message of each, as their owner's relay sends them."""
    for n, event in enumerate(events, 1):
        at = datetime.now(UTC)
        context = Context(str(uuid4()), str(uuid7()), f"00-{'1' * 32}-{'2' * 16}-01", event.company_id, at)
        stream = f"told-{getattr(event, 'user_id', n)}"
        recorded: Recorded[Any] = Recorded(uuid7(), stream, 1, event, context, n)
        (wire,) = encode(owner, recorded, [Outgoing.of(event)])
        yield event.topic, wire


def records(owner: str, events: Iterator[contracts.Event], offset: int = 0) -> list[Any]:
    """As one partition has them."""
    return [
        Given(topic, 0, offset + n, wire.key, wire.value, wire.headers)
        for n, (topic, wire) in enumerate(wires(owner, events))
    ]
