"""A list that was not made from the template becomes a team, in a real browser: a German csv at once, and one whose
columns an admin has to name, without script and on a phone."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible, picture
from tests.e2e.browser.people import Company
from tests.e2e.browser.test_story import DESK, PHONE, heading, sign_in

_NAMES = ("Jürgen", "Zoë", "André", "Øyvind")


def _german(company: Company, head: str, count: int) -> str:
    people = (f"{company.address(f'Neu {n}')};{_NAMES[n % 4]};Müller-{n};Sales;0{n}" for n in range(count))
    return "\r\n".join([head, *people, ""])


def _company(usher: Usher, licenses: int) -> Company:
    company = Company.fresh("Northwind Trading", licenses=licenses)
    usher.provision(company)
    return company


def _open(usher: Usher, page: Page, company: Company) -> None:
    page.goto(f"{usher.url}/upload")
    sign_in(page, company)
    heading(page, "Invite or change users with a file")


def test_a_german_list_of_forty_goes_through_without_a_question(usher: Usher, tmp_path: Path) -> None:
    company = _company(usher, 60)
    file = tmp_path / "mitarbeiter.csv"
    file.write_bytes(_german(company, "E-Mail;Vorname;Nachname;Abteilung;Personalnummer", 40).encode("cp1252"))
    page = usher.page(DESK)
    _open(usher, page, company)
    page.get_by_label("Drop your Excel file here").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    heading(page, "Invite 40 users")
    expect(page.get_by_role("table")).to_contain_text("Jürgen Müller-0")
    page.get_by_role("button", name="Confirm: invite 40").click()
    heading(page, "Done. All of it has been carried out")


def test_an_admin_says_what_the_columns_are(usher: Usher) -> None:
    company = _company(usher, 30)
    page = usher.page(PHONE)
    _open(usher, page, company)
    _paste(page, company)
    heading(page, "Which column has the e-mails?")
    page.set_viewport_size({"width": DESK, "height": 900})
    picture(page, "columns")
    accessible(page)
    page.set_viewport_size({"width": PHONE, "height": 900})
    expect(page.get_by_label("Kontakt")).to_have_value("Email")
    expect(page.get_by_label("Nachname")).to_have_value("Last Name")
    expect(page.get_by_label("Team")).to_have_value("Functional Area")
    page.get_by_label("Ruf").select_option("Email")
    page.get_by_role("button", name="Check the file with these columns").click()
    expect(page.get_by_role("alert")).to_contain_text("Two columns would mean Email")
    accessible(page)
    page.get_by_label("Ruf").select_option("First Name")
    page.get_by_role("button", name="Check the file with these columns").press("Enter")
    heading(page, "Invite 2 users")


def test_without_script_columns_are_named_as_well(usher: Usher) -> None:
    company = _company(usher, 30)
    page = usher.page(PHONE, script=False)
    page.goto(f"{usher.url}/upload")
    sign_in(page, company)
    _paste(page, company)
    expect(page.get_by_role("heading", level=1)).to_have_text("Which column has the e-mails?")
    page.get_by_label("Ruf").select_option("First Name")
    page.get_by_role("button", name="Check the file with these columns").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invite 2 users")


def _paste(page: Page, company: Company) -> None:
    page.get_by_text("Or paste a list").click()
    page.get_by_label("Copy the cells").fill(_german(company, "Kontakt;Ruf;Nachname;Team;Nr.", 2))
    page.get_by_role("button", name="Check what I pasted").click()
