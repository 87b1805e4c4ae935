"""The main job as an admin and an invitee live it, in a real browser, at a desk and on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible, picture
from tests.e2e.browser.people import Company, corrected, errors_column, workbook
from tests.patience import PATIENCE

DESK, PHONE = 1280, 390


def sign_in(page: Page, company: Company, *, admin: bool = True, name: str = "") -> None:
    """On the issuer's page, by hand."""
    person = name or company.admin
    form = page.locator("form").last
    form.get_by_label("E-mail").fill(company.address(person))
    form.get_by_label("Name", exact=True).fill(person)
    form.get_by_label("Company id").fill(company.id)
    form.get_by_label("may manage users").set_checked(admin)
    form.get_by_role("button", name="Sign in").click()


def heading(page: Page, words: str) -> None:
    """Waits for the page that says this, then looks whether everybody can use it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words, timeout=1000 * PATIENCE)
    accessible(page)


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_file_with_mistakes_becomes_a_team(usher: Usher, width: int, tmp_path: Path) -> None:
    # At a desk it is photographed for the README.
    company = Company.fresh("Northwind Trading", "northwindco.example" if width == DESK else None)
    usher.provision(company)
    usher.deactivate(company, "Daniel Osei")
    usher.individual_plan(company.address("Freya Ashdown"), "pro")
    page = usher.page(width)
    batch = _upload_and_review(usher, page, company, tmp_path)
    _look_at_the_mail(usher, page, company)
    _confirm_and_follow(page, batch)
    _join(usher, usher.page(width), company)
    _look_back(usher, page, company)


def _upload_and_review(usher: Usher, page: Page, company: Company, folder: Path) -> str:
    """Signs in, uploads, reads the review, corrects the annotated copy, reuploads it. Returns the batch's address."""
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    expect(page.get_by_text("Total Users 11 of 20")).to_be_visible()
    page.get_by_role("link", name="Invite/Change via Upload").click()
    heading(page, "Invite or change users with a file")
    _send(page, workbook(company, folder))
    heading(page, "4 of 8 rows need a correction")
    _read_errors(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download annotated copy").click()
    annotated = Path(download.value.path()).read_bytes()
    assert errors_column(annotated).keys() == {4, 5, 6, 8}
    page.get_by_role("link", name="Reupload").click()
    heading(page, "Reupload the corrected file")
    _send(page, corrected(annotated, company, folder))
    heading(page, "Invite 4 users, change 2")
    return page.url


def _send(page: Page, file: Path) -> None:
    page.get_by_label("Drop your Excel file here").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()


def _read_errors(page: Page) -> None:
    errors = page.locator("#errors table")
    expect(errors).to_contain_text("Scandinavia")
    picture(page, "review")
    kinds = page.get_by_role("navigation", name="Filter errors by kind")
    kinds.get_by_role("link", name=re.compile("^Reports To")).click()
    expect(page).to_have_url(re.compile(r"kind=reports_to"))
    expect(errors).not_to_contain_text("Scandinavia")
    kinds.get_by_role("link", name=re.compile("^All")).click()
    page.get_by_role("searchbox").fill("weidmann")
    expect(page).to_have_url(re.compile(r"q=weidmann"))
    expect(page.get_by_role("table").first).not_to_contain_text("Ashdown")
    accessible(page)


SENTENCE = "Welcome aboard: we start on Monday at 10:30."


def _look_at_the_mail(usher: Usher, page: Page, company: Company) -> None:
    """Sees the invitation before it goes, with a sentence that is refused and one that is not; is sent a sample."""
    mail = page.frame_locator("iframe.mail")
    expect(mail.get_by_text("Marta Lindqvist invites you to join Northwind Trading").first).to_be_visible()
    sentence = page.get_by_label(re.compile("^Your own sentence"))
    sentence.fill("Read northwind.example first")
    sentence.press("Enter")  # shows it, and confirms nothing
    expect(mail.locator("body")).to_contain_text("has the address of a page")
    sentence.fill(SENTENCE)
    page.get_by_label("Shown to").select_option(label="somebody with a Pro or Connect account")
    page.get_by_role("button", name="Show it with this sentence").click()
    expect(mail.get_by_text(f"Marta Lindqvist writes: “{SENTENCE}”")).to_be_visible()
    expect(mail.get_by_text("transfer your records")).to_be_visible()
    expect(mail.get_by_role("link")).to_have_count(0)
    page.get_by_role("button", name="Send me one").click()
    expect(page.get_by_role("status").last).to_contain_text(f"on its way to {company.address(company.admin)}")
    expect(page.get_by_label(re.compile("^Your own sentence"))).to_have_value(SENTENCE)
    accessible(page)
    page.get_by_role("button", name="Show it with this sentence").click()
    expect(mail.get_by_text(f"Marta Lindqvist writes: “{SENTENCE}”")).to_be_visible()
    picture(page, "invitation")
    sample = usher.letter(company.address(company.admin), "Sample: Marta Lindqvist invites you")
    assert SENTENCE in sample["text"] and f"{usher.url}/join/sample" in sample["text"]


def _confirm_and_follow(page: Page, batch: str) -> None:
    page.get_by_role("link", name=re.compile("^To change")).click()
    expect(page.get_by_role("deletion").first).to_have_text("Account Executive")
    accessible(page)
    picture(page, "confirm")
    page.get_by_role("link", name=re.compile("^To invite")).click()
    expect(page.get_by_role("table")).to_contain_text("Freya Ashdown")
    page.get_by_role("button", name="Confirm: invite 4, change 2").click()
    heading(page, "Done. All of it has been carried out")
    expect(page.get_by_text(f"With your sentence: “{SENTENCE}”")).to_be_visible()
    expect(page.get_by_text("4 of 4 invited, 2 of 2 changed, 4 of 4 e-mails sent, 0 failed.")).to_be_attached()
    expect(page.get_by_role("table")).to_contain_text("Pending Transfer")
    page.goto(batch)
    expect(page.get_by_role("heading", level=1)).to_have_text("northwind-autumn-changes-2.xlsx")
    accessible(page)
    picture(page, "batch")


def _join(usher: Usher, page: Page, company: Company) -> None:
    """Two people join by their links: one has records to decide about, the other has none."""
    assert SENTENCE in usher.letter(company.address("Freya Ashdown"), "")["text"]
    page.goto(usher.link(company.address("Freya Ashdown")))
    heading(page, "Join Northwind Trading")
    choices = page.locator("label.choice").all()
    assert len(choices) == 2 and len({choice.evaluate("one => one.offsetWidth") for choice in choices}) == 1
    page.get_by_label("Start fresh").check()
    page.get_by_role("button", name="Join Northwind Trading").click()
    heading(page, "Welcome to Northwind Trading")
    link = usher.link(company.address("Lars Holm"))
    page.goto(link)
    page.get_by_role("button", name="Join Northwind Trading").click()
    heading(page, "Welcome to Northwind Trading")
    page.goto(link)
    heading(page, "This invitation has been used")


def _look_back(usher: Usher, page: Page, company: Company) -> None:
    """My Team as it is afterwards, found by word and by status; the mail; the batches; signing out."""
    page.get_by_role("link", name="My Team").click()
    heading(page, "My Team")
    expect(page.get_by_text("Total Users 15 of 20")).to_be_visible()
    picture(page, "my-team")
    page.get_by_role("searchbox").fill("freya")
    expect(page.get_by_role("row", name=re.compile("Freya Ashdown"))).to_contain_text("Active")
    expect(page.get_by_role("row", name=re.compile("Lars Holm"))).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    expect(page).not_to_have_url(re.compile("q=freya"))
    page.get_by_role("link", name=re.compile("^Waiting")).click()
    expect(page.get_by_role("row", name=re.compile("Tove Lindahl"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Freya Ashdown"))).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("row", name=re.compile("Freya Ashdown"))).to_be_visible()
    assert usher.letter(company.address(company.admin), "")["text"]
    _change_ones_mind(page)
    page.get_by_role("link", name="Batches").click()
    heading(page, "Batches")
    expect(page.get_by_role("table")).to_contain_text("Superseded")
    _undo_batch(page)
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.goto(usher.url)
    expect(page.get_by_label("Company id")).to_be_visible()


def _change_ones_mind(page: Page) -> None:
    """Deactivates somebody and takes it back at once, by the keyboard."""
    page.get_by_role("row", name=re.compile("Owen Pritchard")).get_by_role("link", name="Owen Pritchard").click()
    heading(page, "Owen Pritchard")
    page.get_by_role("link", name="Deactivate").click()
    page.get_by_role("button", name=re.compile("^Deactivate")).click()
    expect(page.get_by_role("status").last).to_contain_text("1 user was deactivated.")
    undo = page.get_by_role("button", name=re.compile("^Undo"))
    accessible(page)
    picture(page, "undo")
    undo.press("Enter")
    expect(page.get_by_role("status").last).to_contain_text("Taken back. 1 user is as before.")
    expect(page.get_by_role("list").filter(has_text="Reactivated").first).to_be_visible()
    page.get_by_role("link", name="My Team").first.click()
    heading(page, "My Team")


def _undo_batch(page: Page) -> None:
    """The batch is undone: two have joined, two have not."""
    page.get_by_role("link", name="northwind-autumn-changes-2.xlsx").first.click()
    page.get_by_role("button", name="See what undoing does").click()
    heading(page, "Undo what northwind-autumn-changes-2.xlsx did")
    expect(page.get_by_role("table")).to_contain_text("Tove Lindahl")
    page.get_by_role("link", name=re.compile("^Kept")).click()
    expect(page.get_by_role("table")).to_contain_text("Has joined.")
    accessible(page)
    page.get_by_role("link", name=re.compile("^To be as before")).click()
    expect(page.get_by_role("insertion").filter(has_text="Account Executive").first).to_be_visible()
    accessible(page)
    picture(page, "undo-batch")
    page.get_by_role("button", name="Confirm: cancel 2, change back 2").click()
    heading(page, "Done. What you confirmed is undone")
    page.get_by_role("link", name="Close").click()
    heading(page, "My Team")
    expect(page.get_by_text("Total Users 13 of 20")).to_be_visible()
    page.get_by_role("link", name="Batches").click()
    page.get_by_role("link", name="Undo of northwind-autumn-changes-2.xlsx").click()
    expect(page.get_by_role("table")).to_contain_text("No longer in My Team")
    accessible(page)


def test_without_script_the_same_pages_lead_to_the_same_end(usher: Usher, tmp_path: Path) -> None:
    company = Company.fresh("Contoso Works")
    usher.provision(company)
    page = usher.page(DESK, script=False)
    page.goto(f"{usher.url}/upload")
    sign_in(page, company)
    page.get_by_label("Drop your Excel file here").set_input_files(workbook(company, tmp_path))
    page.get_by_role("button", name="Upload and check").click()
    # Daniel Osei is Active here, so that his row is a change.
    expect(page.get_by_role("heading", level=1)).to_have_text("3 of 8 rows need a correction", timeout=1000 * PATIENCE)
    page.get_by_role("link", name=re.compile("^E-mail")).click()
    expect(page.get_by_role("table").first).not_to_contain_text("Scandinavia")
    page.get_by_role("button", name="Cancel this batch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My Team")


def test_a_file_that_is_no_workbook_is_refused_above_the_zone(usher: Usher, tmp_path: Path) -> None:
    company = Company.fresh("Fabrikam Goods")
    usher.provision(company)
    page = usher.page(PHONE)
    page.goto(f"{usher.url}/upload")
    sign_in(page, company)
    wrong = tmp_path / "people.xlsx"
    wrong.write_bytes(b"%PDF-1.7\n")
    _send(page, wrong)
    expect(page.get_by_role("alert")).to_contain_text("neither an Excel workbook")
    accessible(page)
    # The choice stays, so that the admin sees which file it was.
    assert page.get_by_label("Drop your Excel file here").evaluate("input => input.files.length") == 1


def test_a_manager_without_the_permission_reads_and_cannot_change(usher: Usher) -> None:
    company = Company.fresh("Litware Sales")
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(usher.url)
    sign_in(page, company, admin=False, name="Priya Raman")
    heading(page, "My Team")
    expect(page.get_by_role("row", name=re.compile("^Callum Reid"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Owen Pritchard"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Kasper Nyholm"))).to_have_count(0)
    page.goto(f"{usher.url}/upload")
    heading(page, "This page is for admins")


def test_the_way_to_the_upload_needs_no_mouse(usher: Usher) -> None:
    company = Company.fresh("Wingtip Toys")
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(f"{usher.url}/team")
    sign_in(page, company)
    heading(page, "My Team")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Invite", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Invite/Change via Upload")).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Invite or change users with a file")
