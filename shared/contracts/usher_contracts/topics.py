"""The topics: who writes them, how they are keyed, and how the deployment creates them."""

from __future__ import annotations

from dataclasses import dataclass

BATCHES = "usher.batches.v1"
VALIDATIONS = "usher.validations.v1"
LICENSES = "usher.licenses.v1"
USERS = "usher.users.v1"
DIRECTORY = "usher.directory.v1"
INVITATIONS = "usher.invitations.v1"
ERASURES = "usher.erasures.v1"
_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the deployment creates it. Nothing creates a topic by writing to it.

    `retention_days`: how long events stay, 0 for ever; older ones are in the log of `owner`, and `./usher replay`
    publishes them again. A compacted topic keeps each key's newest for ever, and a tombstone a week.
    `partitions` can't change later without breaking the order per company.
    """

    name: str
    owner: str
    key: str = "company_id"
    partitions: int = 12
    compacted: bool = False
    retention_days: int = 90

    @property
    def retention_ms(self) -> int:
        """As Kafka says it: -1 for ever."""
        return -1 if self.compacted or not self.retention_days else self.retention_days * _DAY_MS

    @property
    def config(self) -> dict[str, str]:
        """Kafka's topic configuration. A message stays under 256 KiB: docs/subscribers.md."""
        policy = "compact" if self.compacted else "delete"
        tombstones = {"delete.retention.ms": str(7 * _DAY_MS)} if self.compacted else {}
        return {
            "cleanup.policy": policy,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(512 * 1024),
            **tombstones,
        }


TOPICS: tuple[Topic, ...] = (
    Topic(BATCHES, "upload"),
    Topic(VALIDATIONS, "validation"),
    Topic(LICENSES, "licensing"),
    Topic(USERS, "licensing"),
    Topic(DIRECTORY, "licensing", key="user_id", compacted=True),
    Topic(INVITATIONS, "notification"),
    Topic(ERASURES, "licensing", key="erasure_id", compacted=True),
)


def owned_by(service: str) -> tuple[str, ...]:
    """The topics that a service alone writes."""
    return tuple(topic.name for topic in TOPICS if topic.owner == service)
