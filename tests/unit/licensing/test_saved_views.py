"""Saved views: one name once, no more than a menu shows, and a beginning that goes with its view."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from services.licensing.api.view_bodies import ViewBody, shown
from services.licensing.domain.refusals import Refused
from services.licensing.domain.saved_views.commands import BeginWith, ChangeView, DeleteView, SaveView
from services.licensing.domain.saved_views.decide import MAX_SHARED, MAX_VIEWS, SAVED_VIEWS
from services.licensing.domain.saved_views.events import BeginningChosen, View, ViewChanged, ViewDeleted, ViewSaved
from services.licensing.read_models.saved_views.query import SeenView
from shared.http.problems import Problem
from tests.spec import given
from tests.unit.licensing.people import BY as ADMIN
from tests.unit.licensing.people import COMPANY

ONE, TWO = UUID(int=1), UUID(int=2)
WAITING = View("Waiting in Sales", filters={"status": ("waiting",), "functional_area": ("Sales",)}, columns=("title",))
SHARED = replace(WAITING, shared=True)
SAVED = ViewSaved(COMPANY, ONE, ADMIN, WAITING)


def test_a_view_is_saved_changed_and_deleted() -> None:
    saved = given(SAVED_VIEWS).when(SaveView(COMPANY, ONE, WAITING, ADMIN)).then(SAVED)
    saved.when(ChangeView(COMPANY, ONE, WAITING, ADMIN)).then_nothing()
    shared = saved.when(ChangeView(COMPANY, ONE, SHARED, ADMIN)).then(ViewChanged(COMPANY, ONE, ADMIN, SHARED))
    begun = shared.when(BeginWith(COMPANY, ONE, ADMIN)).then(BeginningChosen(COMPANY, ADMIN, ONE))
    begun.when(BeginWith(COMPANY, ONE, ADMIN)).then_nothing()
    gone = begun.when(DeleteView(COMPANY, ONE, ADMIN)).then(ViewDeleted(COMPANY, ONE, ADMIN))
    gone.when(BeginWith(COMPANY, None, ADMIN)).then_nothing()


def test_a_name_is_used_once_in_whatever_spelling() -> None:
    twice = replace(WAITING, name="  waiting IN sales")
    given(SAVED_VIEWS, SAVED).when(SaveView(COMPANY, TWO, twice, ADMIN)).then_refused(Refused, code="view_name_taken")
    given(SAVED_VIEWS, SAVED).when(ChangeView(COMPANY, ONE, twice, ADMIN)).then(ViewChanged(COMPANY, ONE, ADMIN, twice))


@pytest.mark.parametrize("command", [ChangeView(COMPANY, TWO, WAITING, ADMIN), DeleteView(COMPANY, TWO, ADMIN)])
def test_what_is_not_there_is_not_changed(command: ChangeView | DeleteView) -> None:
    given(SAVED_VIEWS, SAVED).when(command).then_refused(Refused, code="view_not_found")


def test_there_are_no_more_than_a_menu_shows() -> None:
    many = [ViewSaved(COMPANY, UUID(int=n), ADMIN, replace(WAITING, name=f"V{n}")) for n in range(MAX_VIEWS)]
    given(SAVED_VIEWS, *many).when(SaveView(COMPANY, UUID(int=99), WAITING, ADMIN)).then_refused(
        Refused, code="too_many_views"
    )
    full = ChangeView(COMPANY, ONE, SHARED, ADMIN, shared_by_others=MAX_SHARED)
    given(SAVED_VIEWS, SAVED).when(full).then_refused(Refused, code="too_many_shared_views")
    # What is shared already stays so, though others share as many by now.
    given(SAVED_VIEWS, ViewSaved(COMPANY, ONE, ADMIN, SHARED)).when(
        ChangeView(COMPANY, ONE, replace(SHARED, search="x"), ADMIN, shared_by_others=MAX_SHARED)
    ).then(ViewChanged(COMPANY, ONE, ADMIN, replace(SHARED, search="x")))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"filters": {"shoe_size": ["44"]}}, "field_unknown"),
        ({"sort": "shoe_size"}, "sort_unknown"),
        ({"group": "shoe_size"}, "group_unknown"),
        ({"columns": ["shoe_size"]}, "column_unknown"),
        ({"columns": ["title,region"]}, "column_unknown"),
        ({"name": " \u00a0"}, "view_nameless"),
    ],
)
def test_what_no_company_has_is_refused(wrong: dict[str, object], code: str) -> None:
    with pytest.raises(Problem) as refused:
        ViewBody.model_validate({"name": "V", **wrong}).view()
    assert refused.value.code == code


def test_a_field_that_the_company_no_longer_has_is_named_and_the_view_stays_whole() -> None:
    body = ViewBody.model_validate(
        {
            "name": "V",
            "filters": {"custom.Level": ["IC"], "region": ["EMEA"]},
            "sort": "-custom.Cost Centre,email",
            "group": "custom.Level",
            "columns": ["custom.Level", "custom.Contract", "title"],
        }
    )
    seen = SeenView(ONE, body.view(), "ada", ADMIN, mine=True, begins=False)
    answered = shown(seen, ["Contract"])
    assert answered.missing == ["custom.Level", "custom.Cost Centre"]
    assert answered.model_dump(include=set(ViewBody.model_fields)) == body.model_dump()
    assert shown(seen, ["Contract", "Level", "Cost Centre"]).missing == []


def test_one_value_of_a_filter_needs_no_list() -> None:
    body = ViewBody.model_validate({"name": "V", "filters": {"status": "waiting", "region": ["EMEA", "APAC"]}})
    assert body.view().filters == {"status": ("waiting",), "region": ("EMEA", "APAC")}
