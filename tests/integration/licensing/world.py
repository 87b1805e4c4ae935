"""Licensing on a real database, without HTTP and Kafka: its commands as the tests say them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec

from services.licensing.application import accept_invitation, lock_retry, restate_users
from services.licensing.application.cancel_invitations import cancel_invitations
from services.licensing.application.change_permissions import change_permissions
from services.licensing.application.confirm_batch.job import KIND, ConfirmJob
from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import FormValues, rules_of
from services.licensing.application.grant_methodologies import set_methodology
from services.licensing.application.invite_user import invite_user
from services.licensing.application.provision_company import provision_company
from services.licensing.application.provision_user import provision_user
from services.licensing.application.reactivate_users import reactivate_users
from services.licensing.application.record_individual_plan import record_individual_plan
from services.licensing.application.resend_invitations import resend_invitations
from services.licensing.application.restate_users import RestateJob
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.individual_plan.commands import RecordPlan
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.invitation_limits import AddressLimit, InvitationPolicy
from services.licensing.domain.user.state import Actor, IndividualPlan, Member, MethodologySeat, Permission, Records
from services.licensing.main import event_store
from services.licensing.read_models.invitations import query as invitations
from services.licensing.read_models.seats import query as seats
from services.licensing.read_models.seats.query import Seats
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.jobs import queue
from shared.jobs.worker import Worker
from shared.object_store.row_blocks import BlockWriter
from shared.object_store.store import Blobs
from shared.people.address import compare_form
from shared.people.presumed import digest
from shared.postgres.database import Listener, Pool

T = TypeVar("T")
BY = Actor("admin@acme.example", "Ada Admin")
POLICY = InvitationPolicy(timedelta(days=14), AddressLimit(timedelta(minutes=5), 5))
SETTINGS = CompanySettings("Acme", "plus", 10)


def context(at: datetime | None = None) -> Context:
    """What a request brings."""
    return Context("request", None, f"00-{'1' * 32}-{'2' * 16}-01", None, at or datetime.now(UTC))


@dataclass(frozen=True)
class Licensing:
    """One licensing database."""

    pool: Pool
    store: EventStore[Event]
    blobs: Blobs
    url: str

    @staticmethod
    def on(pool: Pool, url: str, folder: str) -> "Licensing":
        return Licensing(pool, event_store(pool), Blobs(f"file://{folder}"), url)

    async def run(self, company: UUID, work: Callable[[UnitOfWork], Awaitable[T]], at: datetime | None = None) -> T:
        return (await lock_retry.run(self.store, lambda tx: work(UnitOfWork(tx, company, context(at), POLICY)))).result

    async def company(self, purchased: int = 10, **settings: Any) -> UUID:
        company = uuid4()
        await self.provision(company, replace(SETTINGS, purchased_licenses=purchased, **settings))
        return company

    async def provision(self, company: UUID, settings: CompanySettings) -> None:
        await self.run(company, lambda uow: provision_company(uow, settings))

    async def provision_user(self, company: UUID, email: str, **fields: str) -> UUID:
        return await self.run(company, lambda uow: provision_user(uow, email, FormValues(fields, {})))

    async def invite(self, company: UUID, email: str, **fields: Any) -> UUID:
        """``own``: the company's own fields, by their names; ``at``: when."""
        own, at = fields.pop("own", {}), fields.pop("at", None)
        seats = _seats(fields)
        given = {"email": email, "first_name": "Ann", "last_name": "Lee", "functional_area": "Sales", **fields}
        return await self.run(company, lambda uow: invite_user(uow, FormValues(given, own, seats), BY), at)

    async def edit(self, company: UUID, user_ids: Sequence[UUID], **fields: Any) -> None:
        own, at = fields.pop("own", {}), fields.pop("at", None)
        seats = _seats(fields)
        await self.run(company, lambda uow: edit_users(uow, user_ids, FormValues(fields, own, seats), BY), at)

    async def say(self, company: UUID, email: str, methodology: str, seat: MethodologySeat | None) -> None:
        """What the platform says of somebody's seat."""
        await self.run(company, lambda uow: set_methodology(uow, email, methodology, seat))

    async def resend(self, company: UUID, *user_ids: UUID, at: datetime | None = None) -> None:
        await self.run(company, lambda uow: resend_invitations(uow, user_ids, BY), at)

    async def deactivate(self, company: UUID, *user_ids: UUID, by: Actor = BY) -> None:
        await self.run(company, lambda uow: deactivate_users(uow, user_ids, by))

    async def permit(self, company: UUID, user_id: UUID, *permissions: Permission, by: Actor = BY) -> None:
        await self.run(company, lambda uow: change_permissions(uow, user_id, frozenset(permissions), by))

    async def cancel(self, company: UUID, *user_ids: UUID) -> None:
        await self.run(company, lambda uow: cancel_invitations(uow, user_ids, BY))

    async def reactivate(self, company: UUID, *user_ids: UUID, by: Actor = BY, with_reports: bool = False) -> None:
        await self.run(company, lambda uow: reactivate_users(uow, user_ids, by, with_reports=with_reports))

    async def plan(self, email: str, plan: IndividualPlan | None) -> None:
        command = RecordPlan(compare_form(email), plan)
        await lock_retry.run(self.store, lambda tx: record_individual_plan(tx, command, POLICY, context()))

    async def invitation(self, user_id: UUID) -> UUID:
        """The id in the user's present link."""
        return await self.pool.fetchval("SELECT invitation_id FROM users WHERE user_id = $1", user_id)

    async def accept(self, invitation_id: UUID, records: Records | None = None, at: datetime | None = None) -> None:
        async with self.pool.acquire() as conn:
            link = await invitations.link(conn, invitation_id)
        assert link is not None
        await self.run(link.company_id, lambda uow: accept_invitation.accept(uow, link, invitation_id, records), at)

    async def active(self, company: UUID, email: str, **fields: Any) -> UUID:
        """Someone who was invited and has accepted."""
        user_id = await self.invite(company, email, **fields)
        await self.accept(await self.invitation(user_id))
        return user_id

    async def seats(self, company: UUID) -> Seats:
        found = await seats.read(self.pool, company)
        assert found is not None
        return found

    async def user(self, company: UUID, user_id: UUID) -> Member:
        from services.licensing.application import stream_snapshots

        async with self.pool.acquire() as conn:
            return (await stream_snapshots.users(conn, company, [user_id]))[user_id].state

    async def version(self, user_id: UUID) -> int:
        return await self.pool.fetchval("SELECT version FROM users WHERE user_id = $1", user_id)

    async def told(self, kind: str) -> list[Event]:
        """Stored events of this class, in the order of the log."""
        async with self.pool.acquire() as conn:
            log = await self.store.read(conn, 0, 100_000)
        return [r.event for r in log if type(r.event).__name__ == kind]

    async def put_batch(
        self,
        company: UUID,
        rows: Sequence[dict[str, Any]],
        batch: UUID,
        review: int = 1,
        by: Actor = BY,
        settings: CompanySettings | None = None,
    ) -> None:
        """A confirmed batch, as the handler records it; ``settings`` are those that its rows were judged by."""
        writer = BlockWriter()
        for row in rows:
            writer.add(json.dumps(row).encode(), [row["outcome"]])
        meta = {"settings": digest(rules_of(settings).company)} if settings else {}
        ref = await self.blobs.put(str(company), "rows", writer.finish(meta))
        payload = {"batch_id": str(batch), "review": review, "rows": ref.ref, "by": msgspec.structs.asdict(by)}
        async with self.pool.acquire() as conn:
            await queue.put(conn, KIND, f"{batch}:{review}", str(company), payload, context())

    def worker(self) -> Worker:
        job = ConfirmJob(self.store, self.blobs, POLICY)
        return Worker(self.pool, {KIND: job}, Listener(self.url))

    async def work(self) -> None:
        """Does the jobs that are there, one after the other."""
        worker = self.worker()
        while (job := await worker._claim()) is not None:  # pyright: ignore[reportPrivateUsage]
            await ConfirmJob(self.store, self.blobs, POLICY)(job)

    async def restate(self, portion: int = 500) -> int:
        """Does the jobs that tell states again; how many portions they were."""
        job, done = RestateJob(self.store, POLICY, portion), 0
        worker = Worker(self.pool, {restate_users.KIND: job}, Listener(self.url))
        while (found := await worker._claim()) is not None:  # pyright: ignore[reportPrivateUsage]
            await job(found)
            done += 1
        return done

    async def confirm(
        self, company: UUID, rows: Sequence[dict[str, Any]], review: int = 1, settings: CompanySettings | None = None
    ) -> UUID:
        """Confirms a batch and waits until it is settled."""
        batch = uuid4()
        await self.put_batch(company, rows, batch, review, settings=settings)
        await self.work()
        return batch


def _seats(fields: dict[str, Any]) -> frozenset[str] | None:
    methodologies = fields.pop("methodologies", None)
    return None if methodologies is None else frozenset(methodologies)


def row(email: str, outcome: str = "invite", *, presumes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A row of a review."""
    new = {"first_name": "Ann", "last_name": "Lee", "functional_area": "Sales"} if outcome == "invite" else {}
    changes = more.pop("changes", [])
    return {
        "row": 2,
        "outcome": outcome,
        "email": email,
        "values": {**new, **more},
        "errors": [],
        "warnings": [],
        "changes": changes,
        "presumes": presumes,
    }
