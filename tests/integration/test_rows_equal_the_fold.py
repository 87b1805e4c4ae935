"""Whatever happens: the row that an inline projection keeps is the fold of its stream, and the table its log."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.licensing import main as licensing
from services.licensing.application import stream_snapshots
from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.form_validation import InvalidValues
from services.licensing.application.request_seats import answer_request, request_seats
from services.licensing.application.saved_views import change_view, delete_view, save_view
from services.licensing.domain.individual_plan.decide import PLAN
from services.licensing.domain.licenses.company_settings import Methodology
from services.licensing.domain.licenses.decide import LICENSES
from services.licensing.domain.methodology_pools.decide import POOLS
from services.licensing.domain.refusals import Refused as RefusedByLicensing
from services.licensing.domain.saved_views.decide import SAVED_VIEWS
from services.licensing.domain.saved_views.events import View
from services.licensing.domain.saved_views.state import SavedViews, person
from services.licensing.domain.seat_request.commands import AnswerRequest
from services.licensing.domain.seat_request.decide import SEAT_REQUEST
from services.licensing.domain.seat_request.events import WantedSeats
from services.licensing.domain.seat_request.state import Answered
from services.licensing.domain.stored_events import (
    individual_plan_stream,
    licenses_stream,
    pools_stream,
    saved_views_stream,
    seat_request_stream,
    user_stream,
)
from services.licensing.domain.user.decide import USER
from services.licensing.read_models.saved_views import query as saved_views
from services.licensing.read_models.seat_requests import query as seat_requests
from services.notification import main as notification
from services.notification.domain.batch import commands as of_batch
from services.notification.domain.batch.decide import BATCH as PROGRESS
from services.notification.domain.batch.state import Finished, Following
from services.notification.domain.company.commands import NameCompany
from services.notification.domain.company.decide import COMPANY
from services.notification.domain.company.state import Company
from services.notification.domain.mail import commands as of_mail
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.state import NoMail, Sent, Withdrawn, claimed
from services.notification.domain.stored_events import batch_stream, company_stream, mail_stream
from services.notification.read_models.mails import query as mails
from services.upload import main as upload
from services.upload.domain.batch.commands import UploadBatch
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.state import NotUploaded
from services.upload.domain.refusals import Refused
from services.upload.domain.seat_wait.commands import AwaitSeats, DeclineSeats, LookAtBatch
from services.upload.domain.seat_wait.decide import SEAT_WAIT
from services.upload.domain.seat_wait.state import Waiting
from services.upload.domain.stored_events import seat_wait_stream, stream_of
from services.validation import main as validation
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.eventsourcing.unit_of_work import UnitOfWork
from shared.object_store.store import Blobs
from shared.people.access import PERMISSIONS
from shared.postgres.database import SESSION_SETTINGS, Pool
from tests.integration.licensing.world import BY, SETTINGS, Licensing, row
from tests.spec import replace
from tests.stack import TestStack
from tests.unit.notification.examples import AT, EMAIL, INVITATION, MESSAGE_ID, POLICY, after
from tests.unit.notification.test_stored_events import commands as mail_commands
from tests.unit.upload.examples import AWAITED, UPLOADED
from tests.unit.upload.test_batch_properties import commands as batch_commands
from tests.unit.upload.test_seat_wait import ENOUGH, READY, SHORT

MAIL = mail_decider(POLICY)
Ids = Sequence[UUID]
Pairs = AsyncIterator[tuple[object, object]]
"""What a row says, and what the fold of its stream says of the same."""
FEW = st.integers(0, 2)


@dataclass(frozen=True)
class Play:
    """A service's log, what may happen to it, and how its rows are read. ``steps``: each is one transaction."""

    store: Callable[[Pool], EventStore[Any]]
    steps: st.SearchStrategy[Any]
    act: Callable[[EventStore[Any], Ids, Any], Awaitable[None]]
    pairs: Callable[[EventStore[Any], Ids], Pairs]


def context(company: UUID) -> Context:
    return Context("request", None, f"00-{'1' * 32}-{'2' * 16}-01", str(company), datetime.now(UTC))


async def fold(store: EventStore[Any], decider: Any, stream: str) -> Any:
    return (await store.run(lambda tx: UnitOfWork(tx).load(decider, stream))).result.state


async def act_on_batches(store: EventStore[Any], ids: Ids, step: Sequence[tuple[int, Any]]) -> None:
    async def work(tx: Transaction[Any]) -> None:
        for n, command in step:
            if isinstance(command, UploadBatch):
                command = UploadBatch(replace(UPLOADED, batch_id=str(ids[n])))
            if isinstance(command, AwaitSeats):
                command = AwaitSeats(replace(AWAITED, request_id=str(ids[n])))
            with suppress(Refused):
                if isinstance(command, AwaitSeats | LookAtBatch | DeclineSeats):
                    await tx.execute(SEAT_WAIT, seat_wait_stream(str(ids[n])), command, context(ids[n]))
                else:
                    await tx.execute(BATCH, stream_of(str(ids[n])), command, context(ids[n]))

    await store.run(work)


async def pairs_of_batches(store: EventStore[Any], ids: Ids) -> Pairs:
    for batch in ids:
        kept = await store.pool.fetchrow("SELECT * FROM batches WHERE id = $1", batch)
        state = await fold(store, BATCH, stream_of(str(batch)))
        if isinstance(state, NotUploaded):
            yield kept, None
        else:
            assert kept is not None
            status = re.sub(r"(?<!^)(?=[A-Z])", "_", type(state).__name__).lower()
            yield (
                (kept["status"], kept["review"], kept["original_ref"], kept["superseded_by"]),
                (status, state.review, state.upload.file.ref, (by := getattr(state, "by", None)) and UUID(by)),
            )
        waits = await store.pool.fetchval("SELECT batch_id FROM seat_waits WHERE request_id = $1", batch)
        wait = await fold(store, SEAT_WAIT, seat_wait_stream(str(batch)))
        yield waits and str(waits), wait.batch_id if isinstance(wait, Waiting) else None


def decide_mail(work: UnitOfWork[Any], mail: Any, command: Any, at: Context) -> None:
    """A command finds its mail waiting, or as a sender has it: a claim is in the row alone."""
    held = claimed(mail.state, after(60)) or mail.state
    mail.record(MAIL.decide(command, mail.state) or MAIL.decide(command, held), at)


async def act_on_mails(store: EventStore[Any], ids: Ids, step: Sequence[tuple[int, Any]]) -> None:
    async def work(tx: Transaction[Any]) -> None:
        uow = UnitOfWork(tx)
        for n, command in step:
            at = context(ids[n])
            match command:
                case NameCompany():
                    (await uow.load(COMPANY, company_stream(str(ids[n])))).decide(command, at)
                case of_batch.NoteConfirmation() | of_batch.NoteProcessing() | of_batch.Complete():
                    (await uow.load(PROGRESS, batch_stream(ids[n]))).decide(command, at)
                case of_mail.Queue():
                    content = replace(INVITATION, batch_id=ids[n])
                    mail = await uow.load(MAIL, mail_stream(ids[n]))
                    mail.decide(replace(command, content=content), at)
                case _:
                    decide_mail(uow, await uow.load(MAIL, mail_stream(ids[n])), command, at)
        await uow.flush()

    await store.run(work)


async def pairs_of_mails(store: EventStore[Any], ids: Ids) -> Pairs:
    for one in ids:
        async with store.pool.acquire() as conn, conn.transaction():
            kept = await mails.by_id(conn, [one])
            progress = await conn.fetchrow("SELECT * FROM batch_progress WHERE batch_id = $1", one)
            row = await conn.fetchrow("SELECT name, reminders FROM companies WHERE company_id = $1", one)
        mail = await fold(store, MAIL, mail_stream(one))
        yield [row.state for row in kept], [] if isinstance(mail, NoMail | Sent | Withdrawn) else [mail]
        company = Company() if row is None else Company(row["name"], row["reminders"])
        yield company, await fold(store, COMPANY, company_stream(str(one)))
        batch = await fold(store, PROGRESS, batch_stream(one))
        if isinstance(batch, Finished):
            yield progress and progress["finished"], True
        elif isinstance(batch, Following) and progress is not None:
            yield (
                (progress["confirmed"], progress["expected"], progress["finished"]),
                (batch.confirmed is not None, batch.processed and batch.processed.invited, False),
            )
        else:
            yield batch.confirmed or batch.processed, None


async def act_on_users(store: EventStore[Any], ids: Ids, step: tuple[str, int, int]) -> None:
    what, one, two = step
    company, other, _ = ids
    team = Licensing(store.pool, store, Blobs("memory://"), "")
    emails = [f"u{n}.{company}@acme.example" for n in range(3)]
    found = await store.pool.fetch("SELECT user_id FROM users WHERE company_id = $1 ORDER BY user_id", company)
    user, another = (found[n % len(found)]["user_id"] if found else uuid4() for n in (one, two))
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "invite": lambda: team.invite(company, emails[one], reports_to=None if one == two else emails[two]),
        "accept": lambda: accept(team, user),
        "edit": lambda: team.edit(company, list({user, another}), title=f"T{two}", reports_to=emails[two]),
        "readdress": lambda: team.edit(company, [user], email=emails[two]),
        "resend": lambda: team.resend(company, user, at=datetime.now(UTC) + timedelta(hours=1 + two)),
        "deactivate": lambda: team.deactivate(company, *{user, another}),
        "reactivate": lambda: team.reactivate(company, user, with_reports=bool(two)),
        "cancel": lambda: team.cancel(company, *{user, another}),
        "permit": lambda: team.permit(company, user, *PERMISSIONS[one : one + two]),
        "plan": lambda: team.plan(emails[one], "pro" if two else None),
        "provision": lambda: team.provision_user(other if two == 1 else company, emails[one]),
        "confirm": lambda: team.confirm(company, [row(email) for email in emails[one:]]),
        "view": lambda: look(team, company, f"V{one}", two),
        "ask": lambda: ask(team, company, one, two),
        "seat": lambda: team.say(company, emails[one], "command", (None, "reserved", "consumed")[two]),
    }
    for each in (company, other):
        sold = (Methodology("command", "Command", 1),)
        await team.provision(each, replace(SETTINGS, purchased_licenses=2 + one, methodologies=sold))
    with suppress(RefusedByLicensing, RefusedForSome, InvalidValues):
        await acts[what]()
    await team.restate()


async def accept(team: Licensing, user: UUID) -> None:
    if invitation := await team.invitation(user):
        await team.accept(invitation)


async def ask(team: Licensing, company: UUID, licenses: int, n: int) -> None:
    """More is asked for; or what was asked for first is answered."""
    asked = await seat_requests.page(team.pool, company, 100, None)
    if n == 0 or not asked.items:
        await team.run(company, lambda uow: request_seats(uow, WantedSeats(licenses, {"command": 1}), "Soon", None, BY))
    else:
        answer = AnswerRequest("granted" if n == 1 else "declined", "Booked")
        await team.run(company, lambda uow: answer_request(uow, asked.items[-1].id, answer))


async def look(team: Licensing, company: UUID, name: str, n: int) -> None:
    """A view is saved; or the one of that name changed, or deleted."""
    view = View(name, search=f"Q{n}", shared=n > 0)
    found, _ = await saved_views.seen_by(team.pool, company, person(BY), 100, None)
    known = next((seen.id for seen in found if seen.view.name == name), None)
    if known is None:
        await team.run(company, lambda uow: save_view(uow, view, BY, begin=n > 1))
    elif n < 2:
        await team.run(company, lambda uow: change_view(uow, known, view, BY, begin=n > 0))
    else:
        await team.run(company, lambda uow: delete_view(uow, known, BY))


async def pairs_of_users(store: EventStore[Any], ids: Ids) -> Pairs:
    for company in ids[:2]:
        async with store.pool.acquire() as conn:
            found = await conn.fetch("SELECT user_id FROM users WHERE company_id = $1", company)
            licenses = await stream_snapshots.licenses(conn, company)
            users = await stream_snapshots.users(conn, company, [r["user_id"] for r in found])
            seats = await stream_snapshots.pools(conn, company)
            held = await conn.fetch("SELECT email_key, plan FROM addresses")
            views, _ = await saved_views.seen_by(conn, company, person(BY), 100, None)
        yield licenses.state, await fold(store, LICENSES, licenses_stream(company))
        yield seats.state, await fold(store, POOLS, pools_stream(company))
        for asked in (await seat_requests.page(store.pool, company, 100, None)).items:
            request = await fold(store, SEAT_REQUEST, seat_request_stream(asked.id))
            answered = isinstance(request, Answered)
            yield (asked.state, asked.comment), (request.answer, request.comment) if answered else ("open", None)
        kept = SavedViews({seen.id: seen.view for seen in views}, next((v.id for v in views if v.begins), None))
        yield kept, await fold(store, SAVED_VIEWS, saved_views_stream(company, person(BY)))
        for user_id, snapshot in users.items():
            yield snapshot.state, await fold(store, USER, user_stream(user_id))
        for address in held:
            plan = await fold(store, PLAN, individual_plan_stream(address["email_key"]))
            yield address["plan"], getattr(plan, "plan", None)


waits = st.sampled_from([AwaitSeats(AWAITED), LookAtBatch(SHORT, ENOUGH), LookAtBatch(READY, ENOUGH), DeclineSeats()])
BATCH_STEPS = st.lists(st.tuples(FEW, st.one_of(batch_commands, waits)), min_size=1, max_size=6)
MAIL_STEPS = st.lists(
    st.tuples(
        FEW,
        st.one_of(
            st.builds(NameCompany, st.sampled_from(["Northwind", "Acme"])),
            st.builds(of_batch.NoteConfirmation, st.just(EMAIL), st.just("Marta"), st.none()),
            st.builds(of_batch.NoteProcessing, st.integers(0, 1), st.just(0)),
            st.builds(of_batch.Complete, st.integers(0, 1), st.integers(0, 1), st.just(0), st.just(0)),
            st.just(of_mail.Queue(EMAIL, MESSAGE_ID, INVITATION, AT)),
            mail_commands(after(60)),
        ),
    ),
    min_size=1,
    max_size=6,
)
ACTS = "invite accept edit readdress resend deactivate reactivate cancel permit plan provision confirm view ask seat"
USER_STEPS = st.tuples(st.sampled_from(ACTS.split()), FEW, FEW)
PLAYS = {
    "upload": Play(upload.event_store, BATCH_STEPS, act_on_batches, pairs_of_batches),
    "notification": Play(notification.event_store, MAIL_STEPS, act_on_mails, pairs_of_mails),
    "licensing": Play(licensing.event_store, USER_STEPS, act_on_users, pairs_of_users),
}


@pytest.mark.parametrize("service", PLAYS)
def test_each_row_is_the_fold_of_its_stream_and_each_table_its_log(service: str, stack: TestStack) -> None:
    play, url = PLAYS[service], stack.postgres_url(service)

    @settings(max_examples=10)
    @given(st.lists(play.steps, min_size=1, max_size=12))
    def whatever_happens(steps: Sequence[Any]) -> None:
        asyncio.run(played(play, url, steps))

    whatever_happens()
    assert asyncio.run(unlike_their_log(play, url)) == {}
    stack.drop(url)


async def played(play: Play, url: str, steps: Sequence[Any]) -> None:
    ids = [uuid4() for _ in range(3)]
    async with asyncpg.create_pool(url, min_size=1, max_size=4, server_settings=SESSION_SETTINGS) as pool:
        store = play.store(pool)
        for step in steps:
            await play.act(store, ids, step)
        async for kept, folded in play.pairs(store, ids):
            assert kept == folded


async def unlike_their_log(play: Play, url: str) -> dict[str, int]:
    """Tables that are not what their projection makes of the log, read in one go."""
    async with asyncpg.create_pool(url, min_size=1, max_size=4, server_settings=SESSION_SETTINGS) as pool:
        store, unlike = play.store(pool), dict[str, int]()
        for projection in store.projections:
            unlike |= await Rebuild(store, projection).differences(url)
        return {table: rows for table, rows in unlike.items() if rows}


def test_every_service_that_keeps_rows_is_played() -> None:
    pool: Any = None
    stores = {"upload": upload, "licensing": licensing, "notification": notification, "validation": validation}
    keeping = {name for name, service in stores.items() if service.event_store(pool).projections}
    assert keeping == PLAYS.keys()
