"""A person in every place of notification is forgotten: no value of theirs is left in any table, others' stay, and all
adds up to what it did. On real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from msgspec import structs

from services.notification.application.erase_person import places
from services.notification.application.mail_queue import AttemptResult
from services.notification.domain.mail.outcome import Taken
from services.notification.domain.webhook.events import Registrant
from services.notification.read_models.deliveries.without_person import Deliveries
from services.notification.read_models.standing.query import UserStanding
from shared.erasure.known_routes import KnownOf, everything, somebody
from shared.erasure.person import EVERYWHERE, AddressDigests, Person
from shared.erasure.place import Place, Places
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.http.auth import Principal
from tests.integration.notification import webhooks
from tests.integration.notification.harness import PROJECTIONS, Harness, until
from tests.integration.notification.smtp import MailServerScript
from tests.integration.notification.webhooks import Webhooks
from usher_contracts import BatchApprovalDeclined, UserInvited, UserReactivated
from usher_contracts import Person as Told

pytestmark = pytest.mark.anyio

BATCH = "0190a000-0000-7000-8000-0000000000b1"
EMAIL, FIRST, LAST = "zebedee.quillon@northwind.example", "Zebedee", "Quillon"
SAID = "Quillonesque"
VALUES = ("zebedee", "quillon", SAID.lower())
ZEBEDEE = Told(email=EMAIL, name=f"{FIRST} {LAST}")
TOKEN = Principal("z", EMAIL, "Z", None, frozenset(), frozenset(), "token")
DIGESTS = AddressDigests("a key of the test's own, long enough for it")


@dataclass
class Planted:
    """The person, and what they are in."""

    harness: Harness
    invited: UserInvited

    @property
    def person(self) -> Person:
        return Person(
            erasure_id=UUID("0190a000-0000-7000-8000-0000000000e1"),
            company_id=EVERYWHERE,
            user_ids=frozenset({UUID(self.invited.user_id)}),
            address_digests=frozenset(DIGESTS.of(EMAIL)),
            erased_at=self.harness.clock() + timedelta(seconds=1),
            _digests=DIGESTS,
        )

    @property
    def places(self) -> Places:
        h = self.harness
        return [_quick(place) for place in places(h.store, h.decider, h.clock)]

    async def erase(self) -> dict[str, int]:
        person = self.person
        return {place.name: await place.erase(self.harness.pool, person) for place in self.places}

    async def left(self) -> list[str]:
        """Where a value of theirs still stands, in any table."""
        tables = await self.harness.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found: list[str] = []
        for table in (row["tablename"] for row in tables):
            for row in await self.harness.pool.fetch(f'SELECT * FROM "{table}"'):
                for column, value in row.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    found += [f"{table}.{column}: {each}" for each in VALUES if each in text.lower()]
        return found


async def _caught_up(_: str) -> None:
    """All is applied."""


def _quick(place: Place) -> Place:
    return replace(place, longest_attempt=0.1) if isinstance(place, Deliveries) else place


@pytest.fixture
async def planted(harness: Harness, mail: MailServerScript) -> Planted:
    """An invitation that was taken, one that was refused with their name in it, and all else where they stand."""
    mail.plan(EMAIL, f"dot 550 5.1.1 <{EMAIL}> zebedee quillon is no user here")
    await harness.named()
    invited = harness.invited("ann", BATCH).model_copy(
        update={"email": EMAIL, "first_name": FIRST, "last_name": LAST, "message": SAID}
    )
    by_them = harness.invited("bo", BATCH).model_copy(update={"invited_by": ZEBEDEE})
    await harness.hear(invited, by_them, harness.confirmed(BATCH), harness.processed(BATCH, invited=2))
    async with harness.sending(mail.port):

        async def ended() -> bool:
            return set((await harness.states()).values()) == {"sent", "failed"} and len(await harness.states()) == 3

        await until(ended, "all mails have come to an end")
    await harness.hear(
        BatchApprovalDeclined(
            company_id=harness.company_id,
            batch_id=BATCH,
            review=1,
            asked_by=Told(email="m@n.example", name="Marta"),
            declined_by=ZEBEDEE,
            comment=f"ask {EMAIL}",
            file_name="q3.xlsx",
        ),
        harness.confirmed(str(uuid4())).model_copy(update={"confirmed_by": ZEBEDEE}),
    )
    await _tables(harness, invited.user_id)
    return Planted(harness, invited)


async def _tables(harness: Harness, user_id: str) -> None:
    company, user = UUID(harness.company_id), UUID(user_id)
    for table, rest in (("standing", "inactive, sequence"), ("permissions", "active, permissions, sequence")):
        values = "true, 1" if table == "standing" else "true, '{manage_users}', 1"
        sql = f"INSERT INTO {table} (user_id, company_id, email_key, {rest}) VALUES ($1, $2, $3, {values})"
        await harness.pool.execute(sql, user, company, EMAIL)
        await harness.pool.execute(sql, uuid4(), company, "bo@northwind.example")
    value = {"company_id": harness.company_id, "user_id": user_id, "email": EMAIL, "first_name": FIRST}
    await harness.pool.execute(
        'INSERT INTO dead_letter (consumer, stream, topic, partition, "offset", value, headers, error, created_at)'
        " VALUES ('notification.invitations', 'user-x', 'usher.users.v1', 0, 1, $1, '[]', $2, now() - interval '1 s')",
        orjson.dumps(value),
        f"{EMAIL} could not be applied",
    )


async def test_nothing_of_theirs_is_left_and_all_adds_up_to_what_it_did(planted: Planted) -> None:
    harness = planted.harness
    before = await harness.pool.fetch(
        "SELECT stream, version, id, type, at, commit_id, index FROM events ORDER BY 1, 2"
    )
    assert await planted.left()

    counts = await planted.erase()

    assert await planted.left() == []
    assert counts["events"] > 4 and counts["standing"] == counts["permissions"] == counts["dead_letter"] == 1
    after = await harness.pool.fetch("SELECT stream, version, id, type, at, commit_id, index FROM events ORDER BY 1, 2")
    kept = [row for row in after if (row["stream"], row["version"]) in {(b["stream"], b["version"]) for b in before}]
    assert kept == before
    out = UserStanding(harness.pool, _caught_up, DIGESTS)
    assert await out.is_out(replace(TOKEN, company_id=harness.company_id))
    assert not await out.is_out(replace(TOKEN, company_id=harness.company_id, email="cy@northwind.example"))
    for projection in PROJECTIONS:
        differences = await Rebuild(harness.store, projection).differences(harness.url)
        assert set(differences.values()) == {0}, (projection.name, differences)
    assert [event for event in await harness.told() if EMAIL in event.model_dump_json()] == []


async def test_twice_is_once_and_what_comes_later_is_somebody_new(planted: Planted) -> None:
    await planted.erase()
    assert set((await planted.erase()).values()) == {0}
    harness = planted.harness
    harness.clock.ahead = timedelta(minutes=5)
    anew = harness.invited("x").model_copy(update={"email": EMAIL, "first_name": FIRST, "last_name": LAST})
    earlier = replace(planted.person, erased_at=harness.clock() - timedelta(minutes=4))
    await harness.hear(anew)
    for place in planted.places:
        await place.erase(harness.pool, earlier)
    waiting = "SELECT count(*) FROM mail_jobs WHERE state = 'queued' AND recipient = $1"
    assert await harness.pool.fetchval(waiting, EMAIL) == 1


async def test_others_stay_as_they_are(planted: Planted) -> None:
    await planted.erase()
    log = " ".join(row["data"] for row in await planted.harness.pool.fetch("SELECT data::text AS data FROM events"))
    assert "bo@northwind.example" in log and '"Bo"' in log
    assert await planted.harness.pool.fetchval(
        "SELECT count(*) FROM permissions WHERE email_key = 'bo@northwind.example'"
    )


async def test_a_mail_that_waits_is_not_sent(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    invited = harness.invited("z").model_copy(update={"email": EMAIL, "first_name": FIRST, "last_name": LAST})
    await harness.hear(invited, harness.invited("bo"))
    planted = Planted(harness, invited)
    assert (await planted.erase())["mails"] == 1
    async with harness.sending(mail.port, watched=False):

        async def sent() -> bool:
            return (await harness.states()).get("bo") == "sent"

        await until(sent, "the other's mail is sent")
    assert mail.copies(EMAIL) == []
    assert await planted.left() == []


@pytest.mark.parametrize("answered", [True, False])
async def test_a_mail_that_is_being_sent_is_waited_for(harness: Harness, *, answered: bool) -> None:
    harness.lease = timedelta(seconds=2)
    harness.__post_init__()
    await harness.named()
    invited = harness.invited("z").model_copy(update={"email": EMAIL, "first_name": FIRST, "last_name": LAST})
    await harness.hear(invited)
    group = await harness.mail_queue.next_group((), claim=True)
    planted = Planted(harness, invited)
    erasing = asyncio.ensure_future(planted.erase())

    async def asked() -> bool:
        return bool(await harness.pool.fetchval("SELECT count(*) FROM events WHERE type = 'mail-withdrawal-asked.v1'"))

    await until(asked, "the sender's mail is asked to be withdrawn")
    assert not erasing.done()
    if answered:
        results: Sequence[AttemptResult] = [AttemptResult(each, Taken(), harness.clock()) for each in group.mails]
        await harness.mail_queue.next_group(results, claim=False)
    else:

        async def ended() -> bool:
            return await harness.mail_queue.reclaim() == 1

        await until(ended, "the sender's lease has run out")
    await erasing
    assert await planted.left() == []
    [state] = (await harness.states()).values()
    assert state == ("sent" if answered else "withdrawn")


async def test_nobody_who_is_forgotten_is_mailed(planted: Planted) -> None:
    await planted.erase()
    harness, marker = planted.harness, planted.person.marker
    count = await harness.pool.fetchval("SELECT count(*) FROM events WHERE type = 'mail-queued.v1'")
    await harness.hear(
        UserReactivated(
            company_id=harness.company_id,
            user_id=planted.invited.user_id,
            email=marker,
            first_name="erased",
            by=Told(email="m@n.example", name="Marta"),
        )
    )
    assert await harness.pool.fetchval("SELECT count(*) FROM events WHERE type = 'mail-queued.v1'") == count


async def test_deliveries_of_webhooks_say_nothing_of_them_whoever_owns_the_webhook(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MARTA", Registrant(EMAIL, f"{FIRST} {LAST}", "quillon-subject", "https://issuer"))
    hooks = Webhooks(planted.harness)
    theirs, _ = await hooks.register("https://hooks.northwind.example/in")
    platforms, _ = await hooks.register("https://hooks.usher.example/in", platform=True)
    told = [_about(hooks, planted.invited.user_id), hooks.received("bo", hooks.company)]
    await hooks.hear(told)
    await planted.harness.pool.execute(
        "UPDATE webhook_deliveries SET state = 'dead', ended_at = now(), answer = body, error = 'for ' || $2"
        " WHERE webhook_id = $1",
        theirs,
        EMAIL,
    )
    await planted.erase()
    assert await planted.left() == []
    assert await hooks.states(platforms) == ["waiting", "waiting"]
    bodies = [
        orjson.loads(row["body"]) for row in await planted.harness.pool.fetch("SELECT body FROM webhook_deliveries")
    ]
    assert sorted(body["id"] for body in bodies) == sorted([each.id for each in told] * 2)
    assert {body["data"]["user_id"] for body in bodies} == {planted.invited.user_id, "bo"}
    shown = await hooks.shown(theirs)
    assert shown.webhook.by is not None and shown.webhook.by.email == planted.person.marker


def _about(hooks: Webhooks, user_id: str) -> Any:
    received = hooks.received(user_id, hooks.company, "usher.UserInvited.v1")
    data = {**received.event, "email": EMAIL, "first_name": FIRST, "last_name": LAST}
    return structs.replace(received, event=data, value=orjson.dumps(data))


async def test_what_is_known_of_them_is_told_and_afterwards_nothing(planted: Planted) -> None:
    harness = planted.harness
    asked = somebody(KnownOf(email=EMAIL, user_ids=[UUID(planted.invited.user_id)]), DIGESTS)
    known = await everything(harness.pool, planted.places, asked)
    said = {value for each in known for value in each.values.values()}
    assert {EMAIL, FIRST, LAST, SAID} <= said
    assert {"events", "standing", "permissions", "dead_letter"} <= {each.place for each in known}
    assert not [value for value in said if "bo@" in value or "Marta" in value]
    await planted.erase()
    afterwards = await everything(harness.pool, planted.places, somebody(KnownOf(email=EMAIL), DIGESTS))
    assert afterwards == []
