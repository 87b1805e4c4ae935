"""What a review presumes of the settings: held to judging the row anew."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from services.licensing.application.form_validation import rules_of
from services.licensing.domain.licenses.company_settings import CompanySettings as Settings
from services.licensing.domain.licenses.company_settings import CustomField as OwnField
from services.licensing.domain.licenses.events import CompanyChanged
from services.licensing.integration_events import publish
from services.validation.read_models.directory.query import settings_of
from shared.eventsourcing.events import Recorded
from shared.people.fields import check
from shared.people.model import CompanySettings, CustomField, custom_key
from shared.people.presumed import changes_hold, digest, new_user_holds
from shared.people.rules import Rules
from tests.unit.licensing.people import COMPANY
from tests.unit.licensing.test_publish import recorded

WORDS = ("Sales", "sales", "Finance", "EMEA")
LISTS = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)
OWN = st.lists(
    st.builds(CustomField, st.sampled_from(("Level", "Cost Center")), st.booleans(), st.none() | LISTS),
    max_size=2,
    unique_by=lambda field: field.name,
).map(tuple)
COMPANIES = st.builds(
    CompanySettings, st.just("Acme"), st.sampled_from(((), ("acme.example",), ("other.example",))), LISTS, LISTS, OWN
)
KEYS = ("first_name", "last_name", "functional_area", "region", custom_key("Level"), custom_key("Cost Center"))
ROWS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(WORDS))


@given(COMPANIES, COMPANIES, ROWS)
def test_a_row_that_was_good_holds_where_it_would_still_be_taken_for_the_same(
    then: CompanySettings, now: CompanySettings, texts: Mapping[str, str]
) -> None:
    reviewed = check(Rules(then).fields, texts, None, "missing")
    values = {key: value for key, value in reviewed.values.items() if value}
    if reviewed.errors or Rules(then).email("ann@acme.example", of_new_user=True).error:
        return
    assert new_user_holds(Rules(then), "ann@acme.example", values)
    again = check(Rules(now).fields, values, None, "missing")
    fine = not again.errors and again.values == values
    fine = fine and Rules(now).email("ann@acme.example", of_new_user=True).error is None
    assert new_user_holds(Rules(now), "ann@acme.example", values) == fine
    if digest(then) == digest(now):
        assert fine


@given(COMPANIES, ROWS)
def test_changes_hold_one_by_one(company: CompanySettings, texts: Mapping[str, str]) -> None:
    rules = Rules(company)
    assert changes_hold(rules, texts.items()) == all(changes_hold(rules, [item]) for item in texts.items())


def test_settings_have_one_digest_whoever_makes_it() -> None:
    company = Settings(
        "Acme",
        "plus",
        3,
        ("acme.example",),
        ("Sales",),
        ("EMEA",),
        (OwnField("Level", True, ("IC",)), OwnField("Cost")),
    )
    event: Recorded[CompanyChanged] = recorded(CompanyChanged(COMPANY, company))  # pyright: ignore[reportAssignmentType]
    (told,) = publish(event)  # pyright: ignore[reportArgumentType]
    assert told.data is not None
    assert digest(settings_of(told.data.decode())) == digest(rules_of(company).company)
    renamed = CompanySettings(
        "Other", ("acme.example",), ("Sales",), ("EMEA",), rules_of(company).company.custom_fields
    )
    assert digest(renamed) == digest(rules_of(company).company)
