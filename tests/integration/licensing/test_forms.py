"""A form and an edit say all that is wrong at once, and what stands against the person goes before: on a real
database, held to what a row of a file with the same values is told."""

from typing import Any
from uuid import UUID

import pytest

from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.form_validation import InvalidValues, person_of
from services.licensing.domain.refusals import Code, Refused
from services.licensing.read_models.team import query
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.sorting import order_of
from shared.people.model import CompanySettings, Person
from tests.integration.licensing.world import Licensing
from tests.unit.validation.sheets import HEAD, facts, judged, reading

pytestmark = pytest.mark.anyio
FIELDS = ("email", "first_name", "last_name", "functional_area", "title", "region", "reports_to")
LISTS: dict[str, Any] = {"functional_areas": ("Sales", "Finance"), "regions": ("EMEA", "APAC")}


async def said_of_form(licensing: Licensing, company: UUID, **fields: str | None) -> list[str]:
    with pytest.raises(InvalidValues) as unfit:
        await licensing.invite(company, fields.pop("email") or "", **fields)
    return sorted(finding.code for finding in unfit.value.findings)


async def refused_form(licensing: Licensing, company: UUID, email: str, **fields: str | None) -> Code:
    with pytest.raises(Refused) as refused:
        await licensing.invite(company, email, **fields)
    return refused.value.code


@pytest.mark.parametrize(
    "row",
    [
        ("gone@acme.example", "Zoe", "", "", "", "", ""),
        ("gone@acme.example", "", "", "Sailing", "x" * 151, "Mars", "nobody@acme.example"),
        ("new@elsewhere.example", "", "Lee", "Sales", "", "Mars", "gone@acme.example"),
        ("new@acme.example", "", "", "", "", "Mars", "gone@acme.example"),
        ("new@acme.example", "A", "Lee", "Sales", "", "", "new@acme.example"),
        ("taken@acme.example", "A", "Lee", "Sales", "", "", ""),
        ("bosss@acme.exam ple", "", "Lee", "Sailing", "", "", "@"),
        ("", "", "", "", "", "", "boss@acme.example"),
        ("boss@acme..example", "", "", "", "", "", "nobody@acme.example"),
        ("a\u202eb@acme.example", "", "\u202e", "", "", "Mars", "nobody"),
    ],
)
async def test_a_form_says_what_a_row_with_the_same_values_is_told(licensing: Licensing, row: tuple[str, ...]) -> None:
    company = await licensing.company(sso_domains=("acme.example",), **LISTS)
    boss = await licensing.active(company, "boss@acme.example")
    gone = await licensing.active(company, "gone@acme.example")
    await licensing.deactivate(company, gone)
    await licensing.invite(await licensing.company(), "taken@acme.example")
    people: list[Person] = [person_of(await licensing.user(company, each)) for each in (boss, gone)]
    settings = CompanySettings("Acme", ("acme.example",), LISTS["functional_areas"], LISTS["regions"])
    found = judged(reading(row, head=HEAD[:7]), facts(*people, elsewhere=["taken@acme.example"]), settings)
    in_file = sorted(error.code for error in found.rows[0].errors)
    assert in_file
    assert await said_of_form(licensing, company, **dict(zip(FIELDS, row, strict=True))) == in_file


async def test_who_is_there_goes_before_all_that_is_wrong(licensing: Licensing) -> None:
    company = await licensing.company(**LISTS)
    ann = await licensing.invite(company, "ann@acme.example")
    bob = await licensing.invite(company, "bob@acme.example")
    wrong = {"functional_area": None, "region": "Mars", "reports_to": "nobody@acme.example"}
    assert await refused_form(licensing, company, "ANN@acme.example", **wrong) == "user_exists"
    with pytest.raises(Refused) as refused:
        await licensing.edit(company, [bob], email="ann@acme.example", **wrong)
    assert refused.value.code == "user_exists"
    await licensing.accept(await licensing.invitation(ann))
    with pytest.raises(Refused) as refused:
        await licensing.edit(company, [ann], email="new@acme.example", **wrong)
    assert refused.value.code == "email_fixed"


async def test_an_edit_says_all_that_is_wrong_with_the_new_address_too(licensing: Licensing) -> None:
    company = await licensing.company(**LISTS)
    ann = await licensing.invite(company, "ann@acme.example")
    await licensing.deactivate(company, await licensing.active(company, "gone@acme.example"))
    await licensing.invite(await licensing.company(), "taken@acme.example")
    for email, manager, codes in (
        ("gone@acme.example", "nobody@acme.example", ["region_unknown", "reports_to_unknown", "user_inactive"]),
        ("taken@acme.example", "gone@acme.example", ["region_unknown", "reports_to_inactive"]),
        ("new@acme.example", "new@acme.example", ["region_unknown", "reports_to_self"]),
    ):
        with pytest.raises(InvalidValues) as unfit:
            await licensing.edit(company, [ann], email=email, region="Mars", reports_to=manager)
        assert sorted(finding.code for finding in unfit.value.findings) == codes
    with pytest.raises(InvalidValues) as unfit:
        await licensing.edit(company, [ann], email="taken@acme.example")
    assert [finding.code for finding in unfit.value.findings] == ["email_in_other_company"]


async def test_who_is_inactive_stays_as_they_were(licensing: Licensing) -> None:
    company = await licensing.company()
    ann, bob = await licensing.active(company, "ann@acme.example"), await licensing.active(company, "bob@acme.example")
    await licensing.active(company, "boss@acme.example")
    await licensing.deactivate(company, bob)
    for manager in ("boss@acme.example", None, "nobody@acme.example"):
        with pytest.raises(RefusedForSome) as refused:
            await licensing.edit(company, [ann, bob], reports_to=manager)
        assert [(reason.user_id, reason.code) for reason in refused.value.reasons] == [(bob, "not_active")]
    for fields in ({"title": "CEO"}, {"region": "Mars"}, {"last_name": None}, {"own": {"Shoe Size": "46"}}):
        with pytest.raises(RefusedForSome) as refused:
            await licensing.edit(company, [ann, bob], **fields)
        assert [(reason.user_id, reason.code) for reason in refused.value.reasons] == [(bob, "not_active")]
    with pytest.raises(Refused) as fixed:
        await licensing.edit(company, [bob], email="new@acme.example")
    assert fixed.value.code == "email_fixed"
    profile = (await licensing.user(company, ann)).profile
    assert (profile.reports_to, profile.title) == (None, None)
    await licensing.reactivate(company, bob)
    await licensing.edit(company, [ann, bob], reports_to="boss@acme.example")


async def test_an_internationalized_address_is_found_by_either_form(licensing: Licensing) -> None:
    company = await licensing.company()
    for n, domain in enumerate(("bücher.example", "xn--bcher-kva.example")):
        ann = await licensing.invite(company, f"ann{n}@{domain}", title="T" * 150)
        for asked in ("@bücher", "@xn--bcher-kva.ex", f"ANN{n}@XN--"):
            page = await query.page(licensing.pool, company, TeamFilter(q=asked), order_of(""), 10, None)
            assert ann in [user.user_id for user in page.items], (domain, asked)
