"""A confirmed batch, settled on a real database: all of it or none, and only what the admin has seen."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused
from services.licensing.domain.licenses.company_settings import CompanySettings, CustomField
from services.licensing.domain.licenses.events import LicensesReserved
from services.licensing.domain.user.events import UserInvited
from services.licensing.domain.user.state import Active, PendingTransfer, Waiting
from shared.people.identity import invited_id
from tests.integration.licensing.world import BY, SETTINGS, Licensing, row

pytestmark = pytest.mark.anyio


async def presumes(licensing: Licensing, user: UUID, manager: UUID | None = None) -> dict[str, Any]:
    """What a review of a row about this user rests on."""
    return {
        "user_id": str(user),
        "version": await licensing.version(user),
        "manager_id": manager and str(manager),
        "manager_status": manager and "waiting",
    }


def change(field: str, before: str | None, after: str | None) -> dict[str, Any]:
    return {"field": field, "from": before, "to": after}


async def refused(licensing: Licensing) -> BatchRefused:
    (event,) = await licensing.told("BatchRefused")
    assert isinstance(event, BatchRefused)
    assert await licensing.told("BatchApplied") == []
    return event


async def test_new_users_are_invited_and_licenses_reserved(licensing: Licensing) -> None:
    company = await licensing.company(5, custom_fields=(CustomField("Cost Center"),))
    await licensing.plan("pia@acme.example", "pro")
    batch = await licensing.confirm(
        company,
        [
            row("ann@acme.example", reports_to="Pia@acme.example", custom_fields={"Cost Center": "0042"}),
            row("Pia@acme.example"),
            row("bob@acme.example", "unchanged")
            | {"outcome": "invite", "values": {"first_name": "Bob", "last_name": "R", "functional_area": "Sales"}},
        ],
    )
    invited = {e.after.profile.email: e for e in await licensing.told("UserInvited") if isinstance(e, UserInvited)}
    assert set(invited) == {"ann@acme.example", "Pia@acme.example", "bob@acme.example"}
    pia, ann = invited["Pia@acme.example"].after, invited["ann@acme.example"].after
    assert isinstance(pia, PendingTransfer) and isinstance(ann, Waiting) and pia.invitation.by == BY
    assert ann.profile.reports_to is not None and ann.profile.reports_to.user_id == pia.user_id
    assert ann.profile.reports_to.email == "Pia@acme.example" and ann.profile.custom_fields == {"Cost Center": "0042"}
    assert {e.batch_id for e in invited.values()} == {batch}
    assert {e.after.user_id for e in invited.values()} == {invited_id(batch, email.lower()) for email in invited}
    assert await licensing.told("LicensesReserved") == [LicensesReserved(company, 3, 3, 5, "batch", batch)]
    assert await licensing.told("BatchApplied") == [BatchApplied(batch, company, 1, 3, 0, 0)]
    seats = await licensing.seats(company)
    assert (seats.occupied, seats.of("waiting"), seats.of("pending_transfer")) == (3, 2, 1)
    assert await licensing.pool.fetchval("SELECT count(*) FROM jobs") == 0


async def test_existing_users_are_changed_and_a_blank_cell_changes_nothing(licensing: Licensing) -> None:
    company = await licensing.company()
    boss = await licensing.invite(company, "boss@acme.example")
    carl = await licensing.invite(company, "carl@acme.example", title="AE", region="EMEA")
    same = await licensing.invite(company, "same@acme.example")
    batch = await licensing.confirm(
        company,
        [
            row(
                "carl@acme.example",
                "change",
                title="Senior AE",
                reports_to="boss@acme.example",
                presumes=await presumes(licensing, carl, boss),
                changes=[change("title", "AE", "Senior AE"), change("reports_to", None, "boss@acme.example")],
            ),
            row("same@acme.example", "unchanged", presumes=await presumes(licensing, same)),
        ],
    )
    profile = (await licensing.user(company, carl)).profile
    assert (profile.title, profile.region, profile.first_name) == ("Senior AE", "EMEA", "Ann")
    assert profile.reports_to is not None and profile.reports_to.user_id == boss
    assert await licensing.told("BatchApplied") == [BatchApplied(batch, company, 1, 0, 1, 1)]
    assert len(await licensing.told("UserChanged")) == 1
    assert (await licensing.seats(company)).occupied == 3


async def test_without_enough_licenses_nothing_happens(licensing: Licensing) -> None:
    company = await licensing.company(2)
    await licensing.invite(company, "ann@acme.example")
    batch = await licensing.confirm(company, [row("bob@acme.example"), row("cyd@acme.example")])
    assert await refused(licensing) == BatchRefused(batch, company, 1, "licenses_exceeded", 2, 1)
    assert (await licensing.seats(company)).occupied == 1
    assert await licensing.pool.fetchval("SELECT count(*) FROM addresses") == 1


@pytest.mark.parametrize("where", ["here", "elsewhere", "inactive"])
async def test_somebody_else_invited_the_person(licensing: Licensing, where: str) -> None:
    company = await licensing.company()
    if where == "inactive":
        await licensing.deactivate(company, await licensing.active(company, "ann@acme.example"))
    else:
        await licensing.invite(company if where == "here" else await licensing.company(), "ann@acme.example")
    await licensing.confirm(company, [row("ann@acme.example"), row("bob@acme.example")])
    assert (await refused(licensing)).reason == "stale_review"
    assert await licensing.pool.fetchval("SELECT count(*) FROM users WHERE email = 'bob@acme.example'") == 0


async def test_a_manager_who_has_left_makes_the_review_stale(licensing: Licensing) -> None:
    company = await licensing.company()
    boss = await licensing.active(company, "boss@acme.example")
    await licensing.deactivate(company, boss)
    held = {"user_id": None, "version": None, "manager_id": str(boss), "manager_status": "active"}
    await licensing.confirm(company, [row("ann@acme.example", reports_to="boss@acme.example", presumes=held)])
    assert (await refused(licensing)).reason == "stale_review"


FREE = SETTINGS
LISTED = replace(
    FREE, functional_areas=("Sales",), regions=("EMEA", "APAC"), custom_fields=(CustomField("Level", True, ("IC",)),)
)
NEW = row("ann@acme.example", region="EMEA", custom_fields={"Level": "IC"})


@pytest.mark.parametrize(
    "settings",
    [
        replace(LISTED, functional_areas=("Finance",)),
        replace(LISTED, regions=("APAC",)),
        replace(LISTED, regions=("emea",)),
        replace(LISTED, sso_domains=("elsewhere.example",)),
        replace(LISTED, custom_fields=(CustomField("Level", True, ("Lead",)),)),
        replace(LISTED, custom_fields=()),
        replace(LISTED, custom_fields=(*LISTED.custom_fields, CustomField("Shoe Size", True))),
    ],
    ids=["area", "region", "spelling", "sso", "own value", "own field gone", "own field required"],
)
async def test_a_new_user_whom_the_settings_no_longer_allow_makes_the_review_stale(
    licensing: Licensing, settings: CompanySettings
) -> None:
    company = await licensing.company()
    for changed in (LISTED, settings):
        await licensing.provision(company, replace(changed, purchased_licenses=9))
    await licensing.confirm(company, [NEW], settings=LISTED)
    assert (await refused(licensing)).reason == "stale_review"
    assert (await licensing.seats(company)).occupied == 0


@pytest.mark.parametrize(
    "settings",
    [
        replace(LISTED, name="Acme Ltd", retention_days=30, purchased_licenses=3),
        replace(LISTED, functional_areas=(), regions=("EMEA",), sso_domains=("acme.example",)),
        replace(LISTED, custom_fields=(replace(LISTED.custom_fields[0], values=None), CustomField("Shoe Size"))),
    ],
    ids=["name", "lists", "own fields"],
)
@pytest.mark.parametrize("said", [True, False], ids=["same review", "an earlier release's review"])
async def test_settings_that_still_allow_the_rows_do_not(
    licensing: Licensing, settings: CompanySettings, said: bool
) -> None:
    company = await licensing.company()
    await licensing.provision(company, settings)
    await licensing.confirm(company, [NEW], settings=LISTED if said else None)
    assert len(await licensing.told("BatchApplied")) == 1


async def test_what_a_user_has_already_stays_allowed_and_what_is_written_anew_does_not(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.provision(company, LISTED)
    own = {"custom_fields": {"Level": "IC"}}
    carl = await licensing.invite(company, "carl@acme.example", region="EMEA", own=own["custom_fields"])
    seen = await presumes(licensing, carl)
    keeps = row("carl@acme.example", "change", title="CEO", region="EMEA", **own, presumes=seen,
                changes=[change("title", None, "CEO")])  # fmt: skip
    tighter = replace(
        LISTED, regions=("APAC",), sso_domains=("elsewhere.example",), custom_fields=(CustomField("Shoe Size", True),)
    )
    await licensing.provision(company, tighter)
    await licensing.confirm(company, [keeps], settings=LISTED)
    assert len(await licensing.told("BatchApplied")) == 1
    for changes in (
        [change("region", "EMEA", "LATAM")],
        [change("Level", "IC", "Lead")],
        [change("Level", None, "Lead")],
    ):
        values = {"region": "LATAM"} if changes[0]["field"] == "region" else {"custom_fields": {"Level": "Lead"}}
        seen = await presumes(licensing, carl)
        rows = [row("carl@acme.example", "change", **values, presumes=seen, changes=changes)]
        await licensing.confirm(company, rows, settings=LISTED)
    assert {e.reason for e in await licensing.told("BatchRefused") if isinstance(e, BatchRefused)} == {"stale_review"}
    assert len(await licensing.told("BatchRefused")) == 3
    assert (await licensing.user(company, carl)).profile.region == "EMEA"


async def test_a_version_that_moved_without_changing_the_meaning_is_not_stale(licensing: Licensing) -> None:
    company = await licensing.company()
    carl = await licensing.invite(company, "carl@acme.example", title="AE", last_name="Cox\u2011Lee")
    seen = await presumes(licensing, carl)
    await licensing.accept(await licensing.invitation(carl))
    rows = [row("carl@acme.example", "change", title="CEO", last_name="Cox-Lee", presumes=seen,
                changes=[change("title", "AE", "CEO")])]  # fmt: skip
    await licensing.confirm(company, rows)
    user = await licensing.user(company, carl)
    assert isinstance(user, Active) and user.profile.title == "CEO"
    assert user.profile.last_name == "Cox\u2011Lee", "it looks the same, and the review showed no change of it"


@pytest.mark.parametrize("outcome", ["change", "unchanged"])
async def test_a_user_who_was_changed_meanwhile_makes_the_review_stale(licensing: Licensing, outcome: str) -> None:
    company = await licensing.company()
    carl = await licensing.invite(company, "carl@acme.example", title="AE")
    seen = await presumes(licensing, carl)
    await licensing.edit(company, [carl], title="VP")
    changes = [change("title", "AE", "CEO")] if outcome == "change" else []
    title = "CEO" if outcome == "change" else "AE"
    await licensing.confirm(company, [row("carl@acme.example", outcome, title=title, presumes=seen, changes=changes)])
    assert (await refused(licensing)).reason == "stale_review"
    assert (await licensing.user(company, carl)).profile.title == "VP"


async def test_a_row_that_changes_nothing_holds_whether_the_user_is_inactive_or_not(licensing: Licensing) -> None:
    company = await licensing.company()
    left, back = [await licensing.active(company, f"{each}@acme.example", title="AE") for each in ("left", "back")]
    await licensing.deactivate(company, back)
    rows = [
        row(f"{name}@acme.example", "unchanged", title="AE", presumes=await presumes(licensing, each))
        for name, each in (("left", left), ("back", back))
    ]
    await licensing.confirm(company, rows)
    await licensing.deactivate(company, left)
    await licensing.reactivate(company, back)
    await licensing.confirm(company, rows)
    assert len(await licensing.told("BatchApplied")) == 2
    changed = row("left@acme.example", "change", title="CEO", presumes=await presumes(licensing, left),
                  changes=[change("title", "AE", "CEO")])  # fmt: skip
    await licensing.confirm(company, [changed])
    assert [e.reason for e in await licensing.told("BatchRefused") if isinstance(e, BatchRefused)] == ["stale_review"]
    await licensing.edit(company, [back], title="VP")
    await licensing.confirm(company, rows)
    assert len(await licensing.told("BatchRefused")) == 2


async def test_an_address_that_has_moved_on_makes_the_review_stale(licensing: Licensing) -> None:
    company = await licensing.company()
    carl = await licensing.invite(company, "carl@acme.example", title="AE")
    seen = await presumes(licensing, carl)
    await licensing.edit(company, [carl], email="charles@acme.example")
    rows = [row("carl@acme.example", "change", title="CEO", presumes=seen, changes=[change("title", "AE", "CEO")])]
    await licensing.confirm(company, rows)
    assert (await refused(licensing)).reason == "stale_review"


async def test_a_circle_through_users_whom_the_file_does_not_mention(licensing: Licensing) -> None:
    company = await licensing.company()
    top = await licensing.invite(company, "top@acme.example")
    await licensing.invite(company, "mid@acme.example", reports_to="top@acme.example")
    low = await licensing.invite(company, "low@acme.example")
    seen = await presumes(licensing, top, low)
    await licensing.edit(company, [low], reports_to="mid@acme.example")
    rows = [
        row("top@acme.example", "change", reports_to="low@acme.example", presumes=seen,
            changes=[change("reports_to", None, "low@acme.example")])
    ]  # fmt: skip
    await licensing.confirm(company, rows)
    assert (await refused(licensing)).reason == "stale_review"


async def test_a_batch_is_settled_once(licensing: Licensing) -> None:
    company = await licensing.company(1)
    rows = [row("ann@acme.example"), row("bob@acme.example")]
    batch = await licensing.confirm(company, rows)
    for _ in range(2):  # delivered again
        await licensing.put_batch(company, rows, batch)
        await licensing.work()
    assert len(await licensing.told("BatchRefused")) == 1
    await licensing.put_batch(company, rows[:1], batch, review=2)
    await licensing.work()
    for review in (1, 2, 3):
        await licensing.put_batch(company, rows[1:], batch, review=review)
        await licensing.work()
    assert len(await licensing.told("BatchApplied")) == 1 and len(await licensing.told("BatchRefused")) == 1
    assert (await licensing.seats(company)).occupied == 1
