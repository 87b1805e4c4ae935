"""What is taken in, what is refused at once, and what only reading finds."""

import io
import zipfile
from urllib.parse import unquote

import httpx
import pytest
from openpyxl import Workbook

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, problem
from tests.e2e.workbooks import changed, grid, saved
from tests.unit.validation import raw_workbooks as raw

MIB = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refilled(data: bytes, **entries: bytes | None) -> bytes:
    """The same zip with entries (`__` for a slash, `_dot_` for a dot) replaced, added, or left out."""
    new = {name.replace("__", "/").replace("_dot_", "."): content for name, content in entries.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*old.namelist(), *(name for name in new if name not in old.namelist())]:
            content = new[name] if name in new else old.read(name)
            if content is not None:
                archive.writestr(name, content)
    return out.getvalue()


def other_kind(data: bytes, kind: str) -> bytes:
    """The workbook with another content type of its main part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    return refilled(data, **{"[Content_Types]_dot_xml": types.replace(raw.XLSX.encode(), kind.encode())})


def test_what_is_no_xlsx_workbook_is_refused_at_once_by_content_not_by_name(company: Company) -> None:
    good = grid(company.person("ann"))
    macros = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    template = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"
    plain_zip = io.BytesIO()
    with zipfile.ZipFile(plain_zip, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    empty_zip = b"PK\x05\x06" + bytes(18)
    ods = raw.zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})
    refused = {
        "csv in Shift-JIS": "メール,名\na@c.example,太郎\n".encode("shift-jis"), "empty file": b"",
        "words": b"Dear all\nhere is the list", "xls": OLE + bytes(2048),
        "xlsm": other_kind(good, macros), "xltx": other_kind(good, template), "ods": ods, "zip": plain_zip.getvalue(),
        "empty zip": empty_zip, "pdf": b"%PDF-1.7\n", "macros inside": refilled(good, xl__vbaProject_dot_bin=b"x"),
    }  # fmt: skip
    for what, data in refused.items():
        answer = company.upload(data, "people.xlsx")
        assert (what, answer.status_code) == (what, 415), answer.text
        problem(answer, 415, "not_xlsx")
    assert company.http.get("/api/v1/batches").json()["items"] == []
    assert company.review(good, "people.csv").status == "ready_for_review"


def test_a_workbook_with_a_password_is_encrypted(company: Company) -> None:
    entry = "EncryptedPackage".encode("utf-16-le").ljust(128, b"\0")
    problem(company.upload(OLE + bytes(1016) + entry + bytes(2048)), 415, "encrypted")


def test_what_is_larger_than_35_mib_is_too_large(company: Company) -> None:
    said = problem(company.upload(grid(company.person("ann")) + bytes(35 * MIB)), 413, "too_large")
    assert "35 MiB" in said["detail"]


def test_what_cannot_be_read_is_corrupt_in_the_batch(company: Company) -> None:
    good = grid(*(company.person(f"p{n}") for n in range(200)))
    broken = {
        "cut off": good[: len(good) * 2 // 3],
        "no sheet": refilled(good, xl__worksheets__sheet1_dot_xml=None),
        "no workbook part": refilled(good, xl__workbook_dot_xml=None),
        "bad xml": refilled(good, xl__worksheets__sheet1_dot_xml=b"<worksheet><sheetData><row"),
        "dtd": refilled(
            good, xl__worksheets__sheet1_dot_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'
        ),
        "a text that no cell can hold": raw.workbook(
            raw.sheet(raw.rows(("Email",))), raw.shared(f"<t>{'x' * (MIB + 1)}</t>")
        ),
        "place out of the sheet": raw.workbook(raw.sheet(raw.inline("ZZZZ1", "Email"))),
    }
    for what, data in broken.items():
        review = company.review(data)
        assert (what, review.status, review.file_errors()) == (what, "needs_correction", ["corrupt"])
        assert review.page()["items"] == []
        annotated = company.http.get(f"{review.url}/annotated.xlsx")
        problem(annotated, 404, "not_found")
        assert company.http.get(f"{review.url}/original.xlsx").content == data


def test_more_than_150_000_rows_are_too_many(company: Company) -> None:
    def many(rows: int) -> bytes:
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(["Email"])
        for n in range(rows):
            sheet.append([f"p{n}@c.example"])
        return saved(book)

    review = company.review(many(150_001))
    assert (review.status, review.file_errors()) == ("needs_correction", ["too_many_rows"])
    assert "150,000" in review.batch["file_errors"][0]["message"]


def test_the_same_content_again_is_a_warning_that_names_the_first(company: Company, new_company: NewCompany) -> None:
    data = grid(company.person("ann"))
    first = company.review(data, "q3.xlsx")
    again = company.review(data, "other name.xlsx")
    assert (first.warnings(), again.warnings()) == ([], ["same_file_again"])
    assert "q3.xlsx" in again.batch["warnings"][0]["message"]
    assert again.batch["warnings"][0]["batch_id"] == first.id
    assert new_company().review(data).warnings() == [], "another company's files are nobody else's matter"


def test_the_batch_s_file_comes_back_as_it_was(company: Company) -> None:
    data = changed(lambda sheet: sheet.cell(9, 9, "kept"), company.person("ann"))
    answer = company.upload(data, "q3.xlsx")
    batch = answer.json()
    assert answer.headers["location"] == f"/api/v1/batches/{batch['id']}"
    assert (batch["status"], batch["review"], batch["file_name"]) == ("validating", 0, "q3.xlsx")
    assert batch["uploaded_by"]["email"] == company.admin
    original = company.http.get(f"/api/v1/batches/{batch['id']}/original.xlsx")
    assert original.content == data
    assert original.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("C:\\Users\\me\\q3.xlsx", "q3.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("/tmp/q3.XLSX", "q3.XLSX"),
        ("q3\u202excod.xlsx", "q3xcod.xlsx"),
        ("Grüße „Ü“ 名前 😀.xlsx", "Grüße „Ü“ 名前 😀.xlsx"),
        ("a;b=c, d'e%.xlsx", "a;b=c, d'e%.xlsx"),
        ("..", ".."),
        ("", None),
    ],
)
def test_a_file_s_name_is_made_harmless_and_given_back_by_downloads(
    company: Company, sent: str, known: str | None
) -> None:
    answer = company.upload(grid(company.person("ann")), sent)
    if known is None:
        assert answer.status_code in (202, 422), answer.text
        return
    batch: Json = answer.json()
    assert batch["file_name"] == known
    disposition = company.http.get(f"/api/v1/batches/{batch['id']}/original.xlsx").headers["content-disposition"]
    assert disposition.startswith('attachment; filename="') and "\n" not in disposition
    encoded = disposition.partition("filename*=UTF-8''")[2]
    assert unquote(encoded).removesuffix(".xlsx") == known.removesuffix(".xlsx").removesuffix(".XLSX")
    assert encoded.isascii() and not set(encoded) & set(" ;,\"'\\/")


def test_control_characters_and_quotes_in_a_name_reach_no_header(company: Company) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x07b%0d%0aSet-Cookie: c=d\\"e.xlsx"\r\n\r\n'
        + grid(company.person("ann"))
        + b"\r\n--x--\r\n"
    )
    answer = company.http.post(
        "/api/v1/batches", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 202, answer.text
    assert "\x07" not in answer.json()["file_name"]
    download = company.http.get(f"/api/v1/batches/{answer.json()['id']}/original.xlsx")
    assert download.status_code == 200 and "set-cookie" not in download.headers


def test_a_call_without_a_file_or_that_is_no_form_is_a_problem_that_says_so(company: Company) -> None:
    problem(company.http.post("/api/v1/batches", files={"other": ("a.xlsx", b"x")}), 422, "file_missing")
    problem(company.http.post("/api/v1/batches", json={"file": "x"}), 422, "form_not_understood")
    cut: httpx.Response = company.http.post(
        "/api/v1/batches", content=b"--x\r\nno form", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert cut.status_code == 422, cut.text


def test_the_same_key_with_the_same_file_is_one_batch_with_another_file_a_problem(
    company: Company, new_company: NewCompany
) -> None:
    data = grid(company.person("ann"))
    first, second = (company.upload(data, key="monday-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json() and first.headers["location"] == second.headers["location"]
    problem(company.upload(grid(company.person("bob")), key="monday-1"), 422, "idempotency_key_reused")
    problem(company.upload(data, "other.xlsx", key="monday-1"), 422, "idempotency_key_reused")
    assert len(company.http.get("/api/v1/batches").json()["items"]) == 1
    assert new_company().upload(data, key="monday-1").status_code == 202


def test_another_plan_than_plus_is_refused(new_company: NewCompany) -> None:
    company = new_company()
    data = grid(company.person("ann"))
    review = company.review(data)
    company.provision(plan="basic")
    problem(company.upload(data), 403, "plan_required")
    problem(company.http.get("/api/v1/template.xlsx"), 403, "plan_required")
    eventually_refused = [company.http.get(review.url), review.do("confirm"), company.http.get("/api/v1/batches")]
    for answer in eventually_refused:
        problem(answer, 403, "plan_required")
