"""Routes of My Team that change something: invite, edit, and act on selected users."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from services.licensing.api.access import PlusAdmin, TeamReader, actor, id_of
from services.licensing.api.bodies import (
    MAX_SELECTED,
    Action,
    ActionDone,
    Considered,
    Done,
    EditedUser,
    Effects,
    Profile,
    TeamUserWithHistory,
    Undo,
)
from services.licensing.api.disclosure_quota import asking
from services.licensing.api.filter_body import Filter
from services.licensing.api.parts import PartsDep
from services.licensing.api.refused_attempts import Attempt, attempting
from services.licensing.api.user_body import FormBody
from services.licensing.application import direct_reports
from services.licensing.application.cancel_invitations import cancel_invitations
from services.licensing.application.change_permissions import change_permissions
from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import FormValues
from services.licensing.application.grant_methodologies import grant_methodology, withdraw_methodology
from services.licensing.application.invite_user import invite_user
from services.licensing.application.reactivate_users import reactivate_users
from services.licensing.application.resend_invitations import resend_invitations
from services.licensing.application.undo_action import UNDOABLE, begin, offer, undo_action
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.stored_events import Event, user_stream
from services.licensing.domain.user.state import Actor
from services.licensing.messages import BLANK, MANAGER_ALONE, METHODOLOGY_ALONE, NO_FIELDS, REFUSALS, TOO_MANY
from services.licensing.read_models.activity.query import file_names
from services.licensing.read_models.team import query
from services.licensing.read_models.team.filter import Resendable
from services.licensing.read_models.team.history import grants, history
from services.licensing.read_models.team.view import TeamUser
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context
from shared.http import idempotency
from shared.http.auth import Principal
from shared.http.authenticate_first import authenticate_first_router
from shared.http.idempotency import Answer, Call, IdempotencyKey
from shared.http.openapi import problem_responses
from shared.http.request_context import new_context
from shared.people.address import compare_form
from shared.people.origins import FORM
from shared.people.text import clean

NOBODY = REFUSALS["not_found"]

router = authenticate_first_router("/api/v1", "team", 404)


@router.get("/team/{user_id}")
async def user(user_id: str, reader: TeamReader, parts: PartsDep) -> TeamUserWithHistory:
    """One user with their history."""
    wanted = id_of(user_id, NOBODY)

    async def read(tx: Transaction[Event]) -> TeamUserWithHistory:
        conn, company = tx.conn, reader.company_id
        found = await query.one(conn, company, wanted)
        hidden = reader.below is not None and not await query.is_below(conn, company, reader.below, wanted)
        if found is None or hidden:
            raise NOBODY()
        events = await tx.load(user_stream(wanted))
        story = history(events)
        names = await file_names(conn, company, {each.batch_id for each in story if each.batch_id})
        for each in story:
            each.file_name = names.get(each.batch_id) if each.batch_id else None
        return TeamUserWithHistory(**dict(found), history=story, granted=grants(events))

    return await parts.commands.run_in_transaction(read)


@router.post("/team", status_code=201, response_model=TeamUser, responses=problem_responses(409, 429))
async def invite_one(
    request: Request, body: FormBody, who: PlusAdmin, parts: PartsDep, key: IdempotencyKey = None
) -> Response:
    """Invites one user."""
    call = _call(who, "POST /api/v1/team", key, body)

    async def command(uow: UnitOfWork) -> Answer:
        user_id = await invite_user(uow, body.given(), actor(who), body.permissions or frozenset())
        return Answer(201, {"Location": f"/api/v1/team/{user_id}"}, _json(await _present(uow, user_id)))

    context = _by_form(request, who)
    async with attempting(parts, _attempt(who, context, "invite")), asking(parts, who, _addresses(body), call) as told:
        answer = await parts.commands.run_once(UUID(who.company), context, call, command)
        told.has_a_plan = _is_pending(answer.body)
    return answer.response()


@router.patch("/team/{user_id}", response_model=EditedUser, responses=problem_responses(409, 429))
async def edit_one(request: Request, user_id: str, body: FormBody, who: PlusAdmin, parts: PartsDep) -> Response:
    """Changes fields of one user; the e-mail only until they have joined."""
    wanted = id_of(user_id, NOBODY)

    async def command(uow: UnitOfWork) -> EditedUser:
        by = actor(who)
        # Another address gets a mail at once, which nobody can take back.
        if "email" not in body.model_fields_set:
            begin(uow)
        await _edit(uow, wanted, body, by)
        return EditedUser(**dict(await _present(uow, wanted)), undo=await _offered(uow, by))

    context = _by_form(request, who)
    async with (
        attempting(parts, _attempt(who, context, "edit", [wanted])),
        asking(parts, who, _addresses(body)) as told,
    ):
        user = await parts.commands.run(UUID(who.company), context, command)
        told.has_a_plan = user.status == "pending_transfer"
    return Answer(200, body=_json(user)).response()


@router.post("/team/actions", response_model=ActionDone, responses=problem_responses(409, 429))
async def act(request: Request, body: Action, who: PlusAdmin, parts: PartsDep, key: IdempotencyKey = None) -> Response:
    """One action for many users, all or nothing, with the answer for each."""
    named, call = _ids(body.user_ids or ()), _call(who, "POST /api/v1/team/actions", key, body)

    async def command(uow: UnitOfWork) -> Answer:
        user_ids = named if body.filter is None else await _alike(uow, body.action, body.filter)
        by = actor(who)
        if body.action in UNDOABLE:
            begin(uow)
        await _act(uow, body, user_ids, by)
        items = [Done(user_id=user_id) for user_id in dict.fromkeys(user_ids)]
        return Answer(200, body=_json(ActionDone(items=items, undo=await _offered(uow, by))))

    about = [str(each) for each in named] if body.action == "reactivate" else ()
    context = _by_form(request, who)
    async with attempting(parts, _attempt(who, context, body.action, named)), asking(parts, who, about, call):
        return (await parts.commands.run_once(UUID(who.company), context, call, command)).response()


@router.post("/team/actions/{action_id}/undo", response_model=ActionDone, responses=problem_responses(409, 410, 429))
async def undo(
    request: Request, action_id: str, who: PlusAdmin, parts: PartsDep, key: IdempotencyKey = None
) -> Response:
    """Takes back what the caller has just done: for half a minute, and where nobody has changed it since."""
    wanted = id_of(action_id, REFUSALS["nothing_to_undo"])
    call = Call(who.company, f"POST /api/v1/team/actions/{wanted}/undo", key, idempotency.fingerprint(None))

    async def command(uow: UnitOfWork) -> Answer:
        touched = await undo_action(uow, wanted, actor(who))
        return Answer(200, body=_json(ActionDone(items=[Done(user_id=user_id) for user_id in touched], undo=None)))

    context = _by_form(request, who)
    async with attempting(parts, _attempt(who, context, "undo")):
        return (await parts.commands.run_once(UUID(who.company), context, call, command)).response()


@router.post("/team/actions/effects")
async def effects(body: Considered, who: PlusAdmin, parts: PartsDep) -> Effects:
    """What an action would do to others than those whom it names. Nothing is done."""
    user_ids, company = _ids(body.user_ids), UUID(who.company)

    async def look(tx: Transaction[Event]) -> Effects:
        match body.action:
            case "deactivate" | "cancel_invitation":
                return Effects(reports=await direct_reports.moving(tx, company, user_ids))
            case "reactivate":
                return Effects(reports=len(await direct_reports.returning(tx, company, user_ids)))
            case _:
                return Effects(reports=0)

    return await parts.commands.run_in_transaction(look)


async def _act(uow: UnitOfWork, asked: Action, user_ids: Sequence[UUID], by: Actor) -> None:
    match asked.action:
        case "resend":
            await resend_invitations(uow, user_ids, by)
        case "reactivate":
            await reactivate_users(uow, user_ids, by, with_reports=asked.with_reports)
        case "deactivate":
            await deactivate_users(uow, user_ids, by)
        case "cancel_invitation":
            await cancel_invitations(uow, user_ids, by)
        case "assign_manager":
            await edit_users(uow, user_ids, _manager_alone(asked.fields), by)
        case "update_fields":
            await edit_users(uow, user_ids, _without_email(asked.fields), by)
        case "grant_methodology":
            await grant_methodology(uow, user_ids, _methodology_alone(asked), by)
        case "withdraw_methodology":
            await withdraw_methodology(uow, user_ids, _methodology_alone(asked), by)


async def _edit(uow: UnitOfWork, user_id: UUID, body: FormBody, by: Actor) -> None:
    """Fields first: who gives up their own permission may still change them together with it."""
    if body.permissions is not None:
        await uow.lock_company("exclusive", by)
    if body.permissions is None or body.has_fields:
        await edit_users(uow, [user_id], body.given(), by)
    if body.permissions is not None:
        await change_permissions(uow, user_id, body.permissions, by)


async def _offered(uow: UnitOfWork, by: Actor) -> Undo | None:
    action = await offer(uow, by)
    return action and Undo(id=action.id, until=action.until)


async def _alike(uow: UnitOfWork, action: str, asked: Filter) -> list[UUID]:
    """Everybody who is like this, to resend only who can be sent an invitation now. Raises Problem 422 for too many."""
    wanted = asked.team_filter([field.name for field in (await uow.settings()).custom_fields])
    if action == "resend":
        wanted = replace(wanted, resendable=Resendable(uow.at, uow.policy.address_limit))
    found = await query.ids(uow.conn, uow.company_id, wanted, MAX_SELECTED + 1)
    if len(found) > MAX_SELECTED:
        raise TOO_MANY(most=f"{MAX_SELECTED:,}")
    return found


def _by_form(request: Request, who: Principal) -> Context:
    return new_context(request, who, origin=FORM)


def _attempt(who: Principal, context: Context, action: str, user_ids: Sequence[UUID] = ()) -> Attempt:
    return Attempt(UUID(who.company), actor(who), context, action, user_ids)


def _call(who: Principal, name: str, key: str | None, body: BaseModel) -> Call:
    return Call(who.company, name, key, idempotency.fingerprint(body.model_dump_json(exclude_unset=True)))


def _addresses(body: Profile) -> Sequence[str]:
    """The address that a form asks about, where it names one."""
    return [compare_form(body.email)] if body.email else ()


def _is_pending(invited: bytes) -> bool:
    return TeamUser.model_validate_json(invited).status == "pending_transfer"


def _ids(texts: Sequence[str]) -> list[UUID]:
    return [id_of(text, NOBODY) for text in texts]


def _manager_alone(fields: Profile) -> FormValues:
    if fields.model_fields_set != {"reports_to"}:
        raise MANAGER_ALONE()
    return _without_blanks(fields.given())


def _methodology_alone(asked: Action) -> str:
    named = {asked.methodology, asked.fields.methodology} - {None}
    if len(named) != 1 or asked.fields.model_fields_set - {"methodology"}:
        raise METHODOLOGY_ALONE()
    return named.pop() or ""


def _without_blanks(given: FormValues) -> FormValues:
    """A blank text takes nothing away from many: who means it says null."""
    everything = {**given.fields, **given.custom_fields}
    if blank := [name for name, text in everything.items() if text is not None and not clean(text)]:
        raise BLANK(name=blank[0])
    return given


def _without_email(fields: Profile) -> FormValues:
    if not fields.model_fields_set or fields.model_fields_set & {"email", "methodology"}:
        raise NO_FIELDS()
    return _without_blanks(fields.given())


async def _present(uow: UnitOfWork, user_id: UUID) -> TeamUser:
    found = await query.one(uow.conn, uow.company_id, user_id)
    if found is None:
        raise NOBODY()
    return found


def _json(answer: BaseModel) -> bytes:
    """An answer as it is sent; ``undo`` stands in it only where there is something to take back."""
    nothing = {"undo"} if getattr(answer, "undo", None) is None else None
    return answer.model_dump_json(exclude=nothing).encode()
