"""What the columns of a file are, as the page asks it: where their headers do not say."""

import pytest

from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.read_models.batches.view import FileFinding
from services.upload.read_models.columns.view import SheetColumn, SheetColumns
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio

COLUMNS = SheetColumns(
    sheet="Leute",
    header_row=3,
    columns=[
        SheetColumn(header="Kontakt", field=None, by=None, guess="Email", examples=["ann@x.example", "<b>"]),
        SheetColumn(header="Vorname", field="First Name", by="name", guess="First Name", examples=[]),
        SheetColumn(header="Notiz", field=None, by=None, guess=None, examples=["x"]),
        SheetColumn(header="Kosten", field=None, by="mapping", guess=None, examples=["7"]),
    ],
)
NO_EMAIL = northwind.UNREADABLE.model_copy(
    update={"file_errors": [FileFinding(code="email_column_missing", message="No visible sheet has a column Email.")]}
)


def _web(columns: SheetColumns = COLUMNS) -> tuple[Web, str]:
    web = Web()
    web.uploads.sheet_columns = columns
    return web, web.has(NO_EMAIL)


async def test_a_file_without_addresses_leads_to_the_question_which_column_has_them() -> None:
    web, path = _web()
    async with web.browser() as browser:
        answer = await browser.get(f"{path}/checking")
        assert answer.headers["location"] == f"{path}/columns"
        page = (await browser.get(f"{path}/columns")).text
        assert f'href="{path}/columns"' in (await browser.get(f"{path}/review")).text
    assert "Which column has the e-mails?" in page and "sheet Leute, header in row 3" in page
    assert "ann@" in page and "&lt;b&gt;" in page and "Our guess" in page
    chosen = [part.split('value="')[-1].split('"')[0] for part in page.split(" selected")[:-1]]
    assert chosen == ["Email", "First Name"]


async def test_what_was_chosen_is_asked_for_and_the_rest_stays_as_it_is() -> None:
    web, path = _web()
    fields = {"column_0": "Email", "column_1": "First Name", "column_2": "", "column_3": "", "review": "1"}
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/columns", data={"csrf": web.csrf, "remember": "1", **fields})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/checking")
        await browser.get(f"{path}/columns")
    assert web.uploads.told == [("columns", ColumnChoice({"Kontakt": "Email", "Notiz": None}, 1, True))]


async def test_a_word_for_a_field_that_is_left_alone_is_not_remembered_as_nothing() -> None:
    headers = ("Courriel", "Vorname", "Name", "Department", "Notiz")
    columns = [SheetColumn(header=each, field=None, by=None, guess=None, examples=[]) for each in headers]
    web, path = _web(SheetColumns(sheet="Leute", header_row=1, columns=columns))
    fields = {"column_0": "", "column_1": "", "column_2": "Last Name", "column_3": "", "column_4": ""}
    async with web.browser() as browser:
        await browser.post(f"{path}/columns", data={"csrf": web.csrf, "remember": "1", "review": "1", **fields})
    assert web.uploads.told == [("columns", ColumnChoice({"Name": "Last Name", "Notiz": None}, 1, True))]


async def test_columns_with_the_same_header_are_shown_once_and_are_to_be_renamed() -> None:
    """A choice is by header: it cannot tell one of them from the other."""
    headers = (("Email", "Email"), ("Notiz", None), ("Email", "Email"))
    columns = [SheetColumn(header=each, field=field, by=None, guess=None, examples=[]) for each, field in headers]
    web, path = _web(SheetColumns(sheet="Leute", header_row=1, columns=columns))
    fields = {"column_0": "", "column_1": "Title", "column_2": "Email"}
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/columns")).text
        await browser.post(f"{path}/columns", data={"csrf": web.csrf, "review": "1", **fields})
    assert page.count("<strong>Email</strong>") == 1 and page.count("<select") == 1
    assert "2 columns have this header" in page and "ename" in page
    assert web.uploads.told == [("columns", ColumnChoice({"Notiz": "Title"}, 1, False))]


@pytest.mark.parametrize(("status", "code"), [(422, "duplicate_column"), (409, "corrections_open")])
async def test_a_choice_that_is_not_taken_is_shown_with_the_reason(status: int, code: str) -> None:
    web, path = _web()
    web.uploads.refusal = Problem(status, code, "Two columns would mean Email.")
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/columns", data={"csrf": web.csrf, "column_2": "Email", "review": "1"})
    assert (answer.status_code, "Two columns would mean Email." in answer.text) == (status, True)
    assert 'name="remember" value="1">' in answer.text


async def test_a_choice_of_an_earlier_review_leads_to_the_present_one() -> None:
    web, path = _web()
    web.uploads.refusal = Problem(409, "review_changed", "The review has changed.")
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/columns", data={"csrf": web.csrf, "review": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)


async def test_without_columns_the_review_is_shown_and_a_form_that_is_not_ours_chooses_nothing() -> None:
    web, path = _web(SheetColumns(sheet=None, header_row=None))
    async with web.browser() as browser:
        assert (await browser.get(f"{path}/columns")).headers["location"] == f"{path}/review"
        assert (await browser.post(f"{path}/columns", data={"csrf": "no"})).status_code == 403
    assert web.uploads.told == []
