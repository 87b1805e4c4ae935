"""A user's standard fields and statuses are declared once (shared/people/profile.py, statuses.py). Whatever cannot be
made from the declarations is held to them here: a field or a status that is forgotten somewhere is named."""

import dataclasses
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast, get_args
from uuid import UUID

import msgspec
import pytest
from pydantic import BaseModel

import usher_contracts as contracts
from services.licensing.api import bodies
from services.licensing.api.filter_body import Filter
from services.licensing.api.filter_parameters import FilterParameters
from services.licensing.application.confirm_batch.rows import profile_of
from services.licensing.domain.refusals import Code
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.events import UserEvent, UserInvited, UserProvisioned, UserRestated
from services.licensing.domain.user.profile import changes_between
from services.licensing.domain.user.state import Member, Profile
from services.licensing.integration_events import publish
from services.licensing.messages import REFUSALS
from services.licensing.read_models.team import history
from services.licensing.read_models.team.fields import TEXTS
from services.licensing.read_models.team.table import COLUMNS, member_of, row_of
from services.licensing.read_models.team.view import TeamUser
from services.upload.read_models.standing import projection as standing
from services.upload.web import form_fields, licensing_models, team_filters
from services.upload.web.texts import Texts
from services.validation.read_models.directory import projection
from services.validation.read_models.directory.folding import fold
from shared.eventsourcing.events import Context, Recorded
from shared.people import actions, statuses
from shared.people.columns import STANDARD, Headers
from shared.people.fields import fields_of
from shared.people.model import CompanySettings, Person
from shared.people.profile import (
    DETAIL_KEYS,
    EMAIL,
    FILTER_KEYS,
    REPORTS_TO,
    STANDARD_FIELDS,
    TEXT_KEYS,
    ProfileFields,
    ProfileFieldsModel,
    StandardField,
)
from tests.names import ANEW, ROOT, TABLES
from tests.spec import replace
from tests.unit.licensing import people as p
from usher_contracts.values import InvitedStatus, UserStatus
from usher_contracts.values import ProfileFields as ContractFields

WEB = ROOT / "services" / "upload" / "web"
FACTS = tuple(statuses.FACTS.values())
KEYS = tuple(field.key for field in STANDARD_FIELDS)
COMPANY = CompanySettings("Acme")
each_text = pytest.mark.parametrize("key", TEXT_KEYS)


def profile(**values: str) -> Profile:
    return replace(p.PROFILE, **cast("Any", values))


def fields(model: type[BaseModel]) -> Collection[str]:
    return model.model_fields


def words(table: str) -> Collection[str]:
    return [key.removeprefix(f"{table}.") for key in Texts.load() if key.startswith(f"{table}.")]


def parts(of: type[Any]) -> Collection[str]:
    if issubclass(of, msgspec.Struct):
        return of.__struct_fields__
    return [field.name for field in dataclasses.fields(of)]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("the user of the rules", parts(Person)),
        ("the profile of the log", parts(Profile)),
        ("the body of a form", fields(bodies.Profile)),
        ("the filter", fields(Filter)),
        ("the filter in an address", fields(FilterParameters)),
        ("the words of the pages", words("field")),
        ("My Team's user", fields(TeamUser)),
        ("My Team's user, as the pages take it", fields(licensing_models.User)),
        ("UserInvited", fields(contracts.UserInvited)),
        ("UserActivated", fields(contracts.UserActivated)),
        ("UserState", fields(contracts.UserState)),
        ("a row's values", fields(contracts.RowValues)),
        ("My Team's columns", ["first_name", "last_name", *team_filters.COLUMNS]),
        ("My Team's table", COLUMNS),
        ("My Team's fields in SQL", TEXTS),
        ("a form's fields", [field.name for field in form_fields.fields_of(None)]),
        ("a file's columns", STANDARD),
    ],
)
def test_each_place_has_every_field(where: str, names: Collection[str]) -> None:
    assert set(TEXT_KEYS) <= set(names), where


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("structs", parts(ProfileFields)),
        ("models of HTTP", fields(ProfileFieldsModel)),
        ("contracts", fields(ContractFields)),
    ],
)
def test_each_base_has_what_is_declared_in_its_order(where: str, names: Collection[str]) -> None:
    assert tuple(names) == DETAIL_KEYS, where


def test_what_is_filtered_by_can_be_grouped_by() -> None:
    assert set(FILTER_KEYS) <= set(team_filters.GROUPS)


@each_text
def test_each_header_is_known(key: str) -> None:
    assert Headers(COMPANY).match(STANDARD[key]) == key


@each_text
def test_each_field_has_its_rules_and_sentences(key: str) -> None:
    (declared,) = [field for field in STANDARD_FIELDS if field.key == key]
    (made,) = [field for field in fields_of(COMPANY) if field.key == key]
    assert made.limit == declared.max_length
    assert (made.required is None) == (declared.required is None)
    assert (declared.listed_in is None) == (declared.unknown is None)


@each_text
def test_a_row_that_is_confirmed_sets_it(key: str) -> None:
    assert getattr(profile_of(p.PROFILE, {"values": {key: "New"}}, None), key) == "New"


@each_text
def test_a_difference_in_it_is_a_change(key: str) -> None:
    (change,) = changes_between(p.PROFILE, profile(**{key: "New"}))
    assert (change.field, change.after) == (key, "New")


def _invited(new: Profile) -> UserEvent:
    return UserInvited(replace(p.WAITING, profile=new), None)


def _provisioned(new: Profile) -> UserEvent:
    return UserProvisioned(replace(p.ACTIVE, profile=new))


@each_text
@pytest.mark.parametrize(
    "stored",
    [
        _invited,
        _provisioned,
    ],
    ids=["invited", "provisioned"],
)
def test_it_is_published(key: str, stored: Callable[[Profile], UserEvent]) -> None:
    context = Context("r", None, "00-0-0-00", str(p.COMPANY), p.NOON)
    recorded = Recorded[Event](UUID(int=1), "s", 1, stored(profile(**{key: "New"})), context, 1)
    told = [json.loads(each.data or b"{}") for each in publish(recorded)]
    assert [each.get(key) for each in told] == ["New", "New"]


@each_text
def test_my_teams_table_keeps_it(key: str) -> None:
    user = replace(p.ACTIVE, profile=profile(**{key: "New"}))
    row: Mapping[str, Any] = dict(zip(COLUMNS, row_of(user, 1, "k"), strict=True))
    assert row[key] == "New"
    read = member_of(cast("Any", {**row, "own_fields": [], "manager_email": None}))
    assert getattr(read.profile, key) == "New"


@each_text
def test_the_directory_folds_it(key: str) -> None:
    invited = cast("contracts.UserInvited", contracts.users.EXAMPLES[0]).model_copy(update={key: "New"})
    person = fold(None, invited)
    assert person and person.value(key) == "New"
    change = contracts.UserFieldChange.model_validate({"field": key, "from": "New", "to": "Newer"})
    changed = contracts.UserChanged(
        company_id=invited.company_id, user_id=person.user_id, email=person.email, changes=(change,)
    )
    after = fold(person, changed)
    assert after and after.value(key) == "Newer" and not after.custom_fields.get(key)


@each_text
def test_it_is_filtered_by(key: str) -> None:
    asked = Filter.model_validate({key: ["New"]}).team_filter(())
    assert asked.texts == {key: ["New"]}


@pytest.mark.parametrize(
    ("service", "table", "columns"), [("licensing", "users", COLUMNS), ("validation", "people", projection.COLUMNS)]
)
def test_each_table_has_a_column_for_it(service: str, table: str, columns: Collection[str]) -> None:
    made = json.loads(TABLES.read_text(encoding="utf-8"))[service]
    missing = [column for column in columns if f"{table}: {column}" not in made]
    assert missing == [], f"Add them to `{table}` by a migration, then run `{ANEW} tables`."


@pytest.mark.parametrize("field", STANDARD_FIELDS, ids=KEYS)
def test_the_admins_guide_has_a_line_about_it(field: StandardField) -> None:
    guide = (ROOT / "docs" / "admins.md").read_text(encoding="utf-8")
    cells = [field.column, "yes" if field.required else "no", str(field.max_length or ""), ", ".join(field.synonyms)]
    line = " ".join(f"| {cell}".strip() for cell in cells)
    assert f"\n{line} |" in guide, f"The table of columns in docs/admins.md needs a line that begins `{line} |`."


def test_addresses_are_no_texts() -> None:
    assert set(KEYS) - set(TEXT_KEYS) == {EMAIL, REPORTS_TO}


# --- statuses


def test_a_user_of_the_log_has_every_status() -> None:
    assert [kind.status for kind in get_args(Member)] == list(statuses.STATUSES)


def test_the_contract_has_every_status() -> None:
    assert get_args(get_args(UserStatus)[0]) == statuses.STATUSES
    assert get_args(get_args(InvitedStatus)[0]) == statuses.INVITED


def test_each_status_is_declared() -> None:
    assert tuple(statuses.FACTS) == statuses.STATUSES


@pytest.mark.parametrize("status", statuses.STATUSES)
def test_each_status_has_its_words_and_its_looks(status: statuses.Status) -> None:
    facts, texts = statuses.FACTS[status], Texts.load()
    assert str(texts(f"status.{status}")) == facts.word
    assert status in words("user")
    assert f"\n| {facts.word} |" in (ROOT / "docs" / "admins.md").read_text(encoding="utf-8"), "its row is missing"
    assert f'<symbol id="{facts.icon}"' in (WEB / "templates" / "sprite.html").read_text()
    if not facts.occupies_license:
        assert status in words("seats")
        return
    assert f".seatbar .{facts.bar} {{" in (WEB / "static" / "usher.css").read_text()
    for sentence in ("bar_split", "said"):
        said = texts(f"seats.{sentence}", occupied=1, purchased=1, **{each.bar: f"[{each.bar}]" for each in FACTS})
        assert f"[{facts.bar}]" in said


@pytest.mark.parametrize("event", contracts.USER_EVENTS)
def test_who_loses_access_by_an_event_is_turned_away_everywhere(event: type[contracts.UserEvent]) -> None:
    if event.status_after is not None and not statuses.FACTS[event.status_after].has_access:
        assert event.gives_access is False
        assert event in standing.EVENTS
    if event.gives_access:
        assert event.status_after is not None
        assert statuses.FACTS[event.status_after].has_access


def test_each_status_but_the_first_is_come_to_by_an_event() -> None:
    led_to = {event.status_after for event in contracts.USER_EVENTS} | set(get_args(get_args(InvitedStatus)[0]))
    assert set(statuses.STATUSES) <= led_to


@pytest.mark.parametrize("user", [p.WAITING, p.PENDING, p.ACTIVE, p.INACTIVE], ids=statuses.STATUSES)
def test_my_teams_table_keeps_each_status(user: Member) -> None:
    row = dict(zip(COLUMNS, row_of(user, 1, "k"), strict=True))
    by = row["invited_by"]
    kept = member_of(cast("Any", {**row, "invited_by": by, "own_fields": [], "manager_email": None}))
    assert kept == user


def test_a_status_is_counted_by_the_database() -> None:
    tables = json.loads((ROOT / "tests" / "contracts" / "tables.json").read_text())
    assert {f"companies: {status}" for status in statuses.STATUSES} <= set(tables["licensing"])


# --- actions, refusals, history


@pytest.mark.parametrize("action", actions.ACTIONS)
def test_each_action_is_declared_and_has_its_words(action: actions.Action) -> None:
    assert action in words("pick")
    assert f"did_{action}" in words("note")
    assert {action, f"{action}_one", f"{action}_what", f"{action}_do"} <= set(words("act"))
    assert action in words("user") or not actions.FACTS[action].offered_to
    facts, texts = actions.FACTS[action], Texts.load()
    said = f"\n| *{texts(f'user.{action}')}* |" if facts.offered_to else f"*{texts(f'pick.{action}')}*"
    assert said in (ROOT / "docs" / "admins.md").read_text(encoding="utf-8"), f"docs/admins.md does not say {said!r}"


def test_the_actions_are_declared_in_their_order() -> None:
    assert tuple(actions.FACTS) == get_args(actions.Action)


def test_each_refusal_has_its_sentence() -> None:
    assert set(REFUSALS) == set(get_args(Code))


def test_each_fact_about_a_user_is_in_their_history_or_left_out_on_purpose() -> None:
    assert set(history.WHAT) == set(get_args(UserEvent)) - {UserRestated}
