"""Upload, review and batches in a real browser, with canned data: what an admin meets when something is unusual."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.upload.domain.batch.choice import Choice
from shared.http.problems import Problem
from tests.e2e.browser.conftest import Open, accessible
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

DESK, PHONE = 1280, 390
LONG = "Rindfleischetikettierungsueberwachungsaufgabe" * 4
_DROP = """
([zone, kinds]) => {
  const transfer = new DataTransfer();
  for (const name of kinds) transfer.items.add(new File(["x"], name));
  document.querySelector(zone).dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}
"""


def chosen(page: Page, folder: Path) -> Path:
    """A file that is chosen in the form, and not sent yet."""
    path = folder / "people.xlsx"
    path.write_bytes(b"PK\x03\x04 as good as any")
    page.get_by_label("Drop your Excel file here").set_input_files(path)
    return path


def send(page: Page) -> None:
    page.get_by_role("button", name="Upload and check").click()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_long_value_pushes_nothing_off_the_review(web: Web, at: Open, width: int) -> None:
    path = web.has(northwind.WRONG)
    said = f"“{LONG}” is not one of your functional areas. Did you mean Sales?"
    error = northwind.error("functional_area_unknown", "Functional Area", said, LONG, "Sales")
    web.uploads.lines = (northwind.row(5, f"Aoife {LONG}", "error", errors=[error]), *northwind.WRONG_ROWS)
    page = at(f"{path}/review", width)
    accessible(page)
    region = page.get_by_role("region", name="Errors", exact=True)
    assert region.evaluate("each => each.scrollWidth <= each.clientWidth"), "all columns are seen"


def test_an_answer_that_is_lost_is_no_second_upload(web: Web, at: Open, tmp_path: Path) -> None:
    page = at("/upload")
    keys: list[str] = []
    page.route("**/upload", lambda route: (keys.append(route.request.post_data or ""), route.abort("connectionreset")))
    chosen(page, tmp_path)
    for _ in range(2):
        with page.expect_request("**/upload"):
            send(page)
        expect(page.locator("#problem")).to_contain_text("interrupted")
    found = [part.partition('name="key"')[2].split()[0] for part in keys]
    assert len(found) == 2 and found[0] == found[1], "the same form is the same upload, however often it is sent"


def test_what_was_saved_again_since_it_was_chosen_is_chosen_anew(web: Web, at: Open, tmp_path: Path) -> None:
    page = at("/upload")
    path = chosen(page, tmp_path)
    path.write_bytes(b"PK\x03\x04 with one more person in it")
    send(page)
    expect(page.locator("#problem")).to_contain_text("saved again, moved or deleted")
    assert web.uploads.told == []
    chosen(page, tmp_path)
    expect(page.locator("#problem")).to_be_empty()


def test_what_is_gone_since_it_was_chosen_is_said(web: Web, at: Open, tmp_path: Path) -> None:
    page = at("/upload")
    chosen(page, tmp_path).unlink()
    send(page)
    expect(page.locator("#problem")).to_contain_text("saved again, moved or deleted")


def test_several_files_dropped_at_once_are_said(web: Web, at: Open) -> None:
    page = at("/upload")
    page.evaluate(_DROP, [".drop", ["people.xlsx", "more.xlsx"]])
    expect(page.locator("#problem")).to_contain_text("several files, and one is taken at a time")
    page.evaluate(_DROP, [".drop", ["people.xlsx"]])
    expect(page.locator("#problem")).to_be_empty()


def test_a_batch_that_was_cancelled_says_that_nobody_was_invited(web: Web, at: Open) -> None:
    page = at(web.has(northwind.CANCELLED))
    tabs = page.get_by_role("navigation", name="Rows by outcome")
    expect(tabs.get_by_role("link").first).to_contain_text("Not invited")
    accessible(page)


def test_where_nothing_changes_nothing_asks_to_be_confirmed(web: Web, at: Open) -> None:
    page = at(web.has(northwind.batch("ready_for_review", counts=northwind.Counts(rows=6, unchanged=6))) + "/confirm")
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    expect(page.get_by_role("link", name="Back to My Team")).to_be_visible()
    accessible(page)


def test_a_page_that_could_not_be_shown_is_tried_again(web: Web, at: Open) -> None:
    web.licensing.refusal = Problem(503, "unavailable", "")
    page = at("/team?status=active")
    web.licensing.refusal = None
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My Team")
    assert page.url.endswith("/team?status=active")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_errors_are_corrected_where_they_stand_by_keyboard(web: Web, at: Open, width: int) -> None:
    page = at(web.has(northwind.WRONG, northwind.WRONG_ROWS) + "/review", width)
    accessible(page)
    field = page.get_by_label("Functional Area of row 9")
    field.focus()
    field.select_option("Finance")
    field.press("Escape")
    expect(field).to_have_value("Sales")  # what is suggested
    field.select_option("Finance")
    field.press("Enter")
    expect(page.locator("#draft").get_by_text("1 cell corrected")).to_be_visible()
    first_name = page.get_by_label("First Name of row 11")
    expect(first_name).to_be_focused()
    first_name.press("ArrowDown")
    expect(page.get_by_label("Reports To of row 11")).to_be_focused()
    page.get_by_role("button", name="Leave out Row 7").click()
    expect(page.locator("#draft").get_by_text("1 cell corrected, 1 row left out")).to_be_visible()
    expect(page.get_by_role("button", name="Take in again Row 7")).to_be_focused()
    accessible(page)
    page.get_by_role("button", name="Check the corrected file").click()
    expect(page).to_have_url(re.compile("/checking$"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("need a correction")


def test_errors_are_corrected_without_script(web: Web, at: Open) -> None:
    page = at(web.has(northwind.WRONG, northwind.WRONG_ROWS) + "/review", script=False)
    page.get_by_label("Functional Area of row 9").select_option("Finance")
    page.get_by_role("button", name="Save (Functional Area of row 9)").click()
    expect(page.get_by_text("1 cell corrected")).to_be_visible()
    page.get_by_role("button", name="Check the corrected file").click()
    expect(page).to_have_url(re.compile("/checking"))


@pytest.mark.parametrize(("script", "width"), [(True, PHONE), (False, DESK)])
def test_the_mail_is_shown_with_what_is_typed(web: Web, at: Open, script: bool, width: int) -> None:
    page = at(f"{web.has(northwind.batch())}/confirm", width, script=script)
    frame = page.frame_locator("iframe.mail").locator("body")
    expect(frame).to_contain_text("no sentence")
    page.get_by_label(re.compile("^Your own sentence")).fill("Bring cake.")
    page.get_by_label(re.compile("^Your own sentence")).press("Enter")
    expect(frame).to_contain_text("Bring cake.")
    assert page.url.endswith("/confirm")
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page).to_have_url(re.compile("/progress$"))
    assert web.uploads.told[-1] == ("confirm", Choice(1, "Bring cake.", reminders=False))
