"""What the platform says: companies, users that are there already, individual plans."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request
from fastapi.responses import Response

from services.licensing.api.access import Platform, id_of
from services.licensing.api.bodies import Company, Plan, PlanOf, ProvisionedCompany, Seat
from services.licensing.api.parts import PartsDep
from services.licensing.api.user_body import NOTHING, UserBody
from services.licensing.application.grant_methodologies import set_methodology
from services.licensing.application.provision_company import provision_company
from services.licensing.application.provision_user import provision_user
from services.licensing.application.record_individual_plan import record_individual_plan
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.individual_plan.commands import RecordPlan
from services.licensing.domain.user.state import IndividualPlan, MethodologySeat
from services.licensing.messages import NO_ADDRESS, NO_COMPANY
from services.licensing.read_models.team import query
from services.licensing.read_models.team.view import TeamUser
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import problem_responses
from shared.http.request_context import new_context
from shared.people.address import Address, parse
from shared.people.origins import PLATFORM
from shared.people.text import clean_address

router = authenticate_first_router("/api/v1", "provisioning")
Email = Annotated[str, Path(max_length=320, description="An e-mail address")]
MethodologyPath = Annotated[str, Path(max_length=40, description="A methodology’s id")]

PUBLISHING_WAIT = 25.0
"""Seconds that such an answer may stand behind a batch of another company that is being published: a program waits more
easily than it understands why Usher does not know the company that it has just provisioned. Many wait 30 at most."""


@router.put("/companies/{company_id}")
async def put_company(
    request: Request, company_id: UUID, body: Company, _: Platform, parts: PartsDep
) -> ProvisionedCompany:
    """The company is as said from now on. Purchased may be lowered below occupied: nobody loses access then."""
    context = new_context(request, origin=PLATFORM)
    await parts.commands.run(company_id, context, lambda uow: provision_company(uow, body.settings), PUBLISHING_WAIT)
    return ProvisionedCompany(company_id=company_id, **body.model_dump())


@router.put(
    "/companies/{company_id}/users/{email:path}/methodologies/{methodology}", responses=problem_responses(404, 409)
)
async def put_methodology(
    request: Request,
    company_id: str,
    email: Email,
    methodology: MethodologyPath,
    body: Seat,
    _: Platform,
    parts: PartsDep,
) -> TeamUser:
    """The user has a seat of this methodology: reserved, or consumed by now. A consumed one stays so."""
    return await _set_methodology(request, parts, id_of(company_id, NO_COMPANY), (email, methodology), body.state)


@router.delete(
    "/companies/{company_id}/users/{email:path}/methodologies/{methodology}",
    status_code=204,
    response_class=Response,
    responses=problem_responses(404, 409),
)
async def delete_methodology(
    request: Request, company_id: str, email: Email, methodology: MethodologyPath, _: Platform, parts: PartsDep
) -> None:
    """The user has no seat of this methodology any more: only who has not used it."""
    await _set_methodology(request, parts, id_of(company_id, NO_COMPANY), (email, methodology), None)


async def _set_methodology(
    request: Request, parts: PartsDep, company: UUID, whose: tuple[str, str], seat: MethodologySeat | None
) -> TeamUser:
    email, methodology = whose

    async def work(uow: UnitOfWork) -> TeamUser:
        return await _present(uow, await set_methodology(uow, email, methodology, seat))

    return await parts.commands.run(company, new_context(request, origin=PLATFORM), work, PUBLISHING_WAIT)


@router.put("/companies/{company_id}/users/{email:path}", responses=problem_responses(404, 409))
async def put_user(
    request: Request, company_id: str, email: Email, _: Platform, parts: PartsDep, body: UserBody | None = None
) -> TeamUser:
    """A user who is there already: Active at once, occupying a license, without a mail. Of who is Waiting or Pending
    Transfer the link is used, and earlier records stay apart (`start_fresh`); who is Inactive is reactivated.
    `permissions` are as they shall be, `authorize_purchases` among them; left out, they stay."""
    company = id_of(company_id, NO_COMPANY)
    body = body or NOTHING
    given = body.given("email")

    async def work(uow: UnitOfWork) -> TeamUser:
        return await _present(uow, await provision_user(uow, email, given, body.permissions))

    return await parts.commands.run(company, new_context(request, origin=PLATFORM), work, PUBLISHING_WAIT)


async def _present(uow: UnitOfWork, user_id: UUID) -> TeamUser:
    found = await query.one(uow.conn, uow.company_id, user_id)
    if found is None:
        raise NO_COMPANY()
    return found


@router.put("/individual-plans/{email:path}", responses=problem_responses(404))
async def put_plan(request: Request, email: Email, body: Plan, _: Platform, parts: PartsDep) -> PlanOf:
    """The person has an account with records, its plan running or lapsed."""
    address = address_of(email)
    await _record(request, parts, address, body.plan)
    return PlanOf(email=address.text, plan=body.plan)


@router.delete(
    "/individual-plans/{email:path}", status_code=204, response_class=Response, responses=problem_responses(404)
)
async def delete_plan(request: Request, email: Email, _: Platform, parts: PartsDep) -> None:
    """That account is gone."""
    await _record(request, parts, address_of(email), None)


async def _record(request: Request, parts: PartsDep, address: Address, plan: IndividualPlan | None) -> None:
    context, command = new_context(request, origin=PLATFORM), RecordPlan(address.key, plan)
    await parts.commands.run_in_transaction(
        lambda tx: record_individual_plan(tx, command, parts.commands.policy, context), PUBLISHING_WAIT
    )


def address_of(email: str) -> Address:
    """The address that a path names. Problem 422 `email_invalid`."""
    address = parse(clean_address(email))
    if address is None:
        raise NO_ADDRESS()
    return address
