"""Files on their way in: what is refused at once, what is kept, what happens once."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from tests.integration.upload.conftest import SMALL_LIMIT, XLSX, Company, Upload, soon
from tests.integration.upload.workbooks import workbook
from tests.patience import PATIENCE

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What an old or an encrypted workbook begins with."""
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    found = answer.json()
    assert (found["code"], found["status"]) == (code, status), found
    assert len(found["detail"]) > 15
    return found


def test_a_workbook_becomes_a_batch(company: Company) -> None:
    answer = company.post(name="Über Q3.xlsx")
    batch = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/batches/{batch['id']}"
    assert UUID(batch["id"]).version == 7
    assert batch["status"] == "validating"
    assert (batch["review"], batch["counts"]["rows"], batch["seats"]["required"]) == (0, 0, 0)
    assert batch["file_name"] == "Über Q3.xlsx"
    assert batch["uploaded_by"]["email"].startswith("ada@")
    assert batch["uploaded_at"].endswith("Z")
    assert batch["replaces"] is batch["notice"] is batch["confirmed_by"] is batch["completed_at"] is None
    assert batch["progress"] == {"invited": 0, "changed": 0, "emails_sent": 0, "emails_failed": 0}
    assert company.batch(batch["id"]) == batch


def test_what_was_uploaded_is_given_back_unchanged(company: Company) -> None:
    data = workbook()
    batch = company.uploaded(data=data, name="Q3 “final”.xlsx")
    answer = company.call("GET", f"/batches/{batch['id']}/original.xlsx")
    assert answer.content == data
    assert answer.headers["content-type"] == XLSX
    assert answer.headers["content-length"] == str(len(data))
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Q3 _final_.xlsx\"; filename*=UTF-8''Q3%20%E2%80%9Cfinal%E2%80%9D.xlsx"
    )


def test_there_is_no_marked_copy_yet_and_it_says_so(company: Company) -> None:
    batch = company.uploaded()
    found = problem(company.call("GET", f"/batches/{batch['id']}/annotated.xlsx"), 404, "not_found")
    assert "still being checked" in found["detail"]


@pytest.mark.parametrize(
    "data",
    [b"", b"Dear all,\nhere it is.\n", b"PK\x05\x06" + b"\0" * 18, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600],
)
def test_what_is_no_workbook_is_refused_at_once(company: Company, data: bytes) -> None:
    problem(company.post(data), 415, "not_xlsx")
    assert company.call("GET", "/batches").json()["items"] == []


def test_a_workbook_with_a_password_is_refused_as_such(company: Company) -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    problem(company.post(OLE + b"\0" * 1016 + name + b"\0" * 512), 415, "encrypted")


@pytest.mark.parametrize("more", [1, 4 * SMALL_LIMIT])
def test_a_file_that_is_too_large(company: Company, more: int) -> None:
    found = problem(company.post(b"PK\x03\x04" + b"\0" * (SMALL_LIMIT - 4 + more)), 413, "too_large")
    assert "larger than" in found["detail"]


def test_a_large_body_of_unknown_length_is_answered_too(company: Company) -> None:
    def body() -> Any:
        yield PART
        for _ in range(64):
            yield b"\0" * 65_536
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(company.call("POST", "/batches", content=body(), headers=headers), 413, "too_large")


def test_a_client_that_asks_before_it_sends_need_not_send(company: Company) -> None:
    address = urlsplit(company.upload.url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        head = (
            "POST /api/v1/batches HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            f"Authorization: Bearer {company.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {100 * SMALL_LIMIT}\r\n\r\n"
        )
        connection.sendall(head.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 413


def test_a_form_without_a_file(company: Company) -> None:
    problem(company.call("POST", "/batches", files={"other": ("a.txt", b"x")}), 422, "file_missing")


def test_a_field_without_a_files_name_is_a_text_that_was_pasted(company: Company) -> None:
    problem(company.call("POST", "/batches", data={"file": "x"}, files={"b": ("b", b"")}), 415, "not_xlsx")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b"file=x", "application/x-www-form-urlencoded"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_form(company: Company, content: bytes, kind: str) -> None:
    answer = company.call("POST", "/batches", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (415, 422), answer.text
    assert answer.json()["code"] in ("form_not_understood", "file_missing", "not_xlsx")


def test_a_company_has_only_so_many_uploads_at_a_time(company: Company) -> None:
    begun: list[http.client.HTTPConnection] = []

    def refused() -> Any:
        # One that has begun may have come while this one ran, and been refused in its place: so each time another.
        begun.append(_begin_upload(company))
        answer = company.post(b"no workbook")
        return answer if answer.status_code == 429 else None

    answer = soon(refused)
    problem(answer, 429, "too_many_uploads")
    assert int(answer.headers["retry-after"]) >= 1
    assert company.upload.company().post().status_code == 202, "another company is not told to wait"
    for connection in begun:
        connection.close()
    assert soon(lambda: company.post().status_code == 202)


def test_a_company_has_only_so_many_files_that_wait_to_be_checked(company: Company) -> None:
    taken = [company.post() for _ in range(20)]
    assert {answer.status_code for answer in taken} == {202}
    answer = company.post()
    problem(answer, 429, "too_many_uploads")
    assert int(answer.headers["retry-after"]) >= 1
    assert company.upload.company().post().status_code == 202, "another company is not told to wait"
    assert company.call("POST", f"/batches/{taken[0].json()['id']}/cancel").status_code == 200
    assert company.post().status_code == 202


def _begin_upload(company: Company) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(urlsplit(company.upload.url).netloc, timeout=PATIENCE)
    connection.putrequest("POST", "/api/v1/batches")
    connection.putheader("Authorization", f"Bearer {company.token}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"--x\r\n")
    return connection


def test_the_same_key_with_the_same_file_is_one_batch(company: Company) -> None:
    data, key = workbook(), str(uuid4())
    with ThreadPoolExecutor(2) as threads:
        said = [threads.submit(company.post, data, key=key) for _ in range(2)]
    answers = [each.result().json() for each in said]
    company.validated(answers[0]["id"])
    company.becomes(answers[0]["id"], "ready_for_review")
    again = company.post(data, key=key)
    assert (again.status_code, again.json()) == (202, answers[0])
    assert answers[0] == answers[1]
    assert again.headers["location"].endswith(answers[0]["id"])
    assert len(company.call("GET", "/batches").json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(company: Company) -> None:
    data, key = workbook(), str(uuid4())
    company.uploaded(data=data, key=key)
    problem(company.post(workbook(), key=key), 422, "idempotency_key_reused")
    problem(company.post(data, name="other.xlsx", key=key), 422, "idempotency_key_reused")
    other = company.upload.company()
    assert other.post(data, key=key).status_code == 202, "keys are a company's own"


def test_the_same_file_again_is_said_until_the_first_is_out_of_the_way(company: Company) -> None:
    data = workbook()
    first = company.uploaded(data=data, name="first.xlsx")
    second = company.uploaded(data=data)
    assert [(w["code"], w["batch_id"]) for w in second["warnings"]] == [("same_file_again", first["id"])]
    assert "first.xlsx" in second["warnings"][0]["message"]
    assert company.uploaded(data=data, replaces=second["id"])["warnings"][0]["batch_id"] == first["id"]
    company.call("POST", f"/batches/{first['id']}/cancel")
    replaced = company.call("GET", "/batches").json()["items"][0]["id"]
    assert company.uploaded(data=data, replaces=replaced)["warnings"] == []
    assert company.upload.company().uploaded(data=data)["warnings"] == [], "another company's files are not known"


def test_a_reupload_takes_the_place_of_the_first(company: Company) -> None:
    first = company.ready()
    second = company.uploaded(replaces=first["id"])
    assert second["replaces"] == first["id"]
    old = company.batch(first["id"])
    assert (old["status"], old["superseded_by"]) == ("superseded", second["id"])
    problem(company.post(replaces=first["id"]), 409, "superseded")
    problem(company.call("POST", f"/batches/{first['id']}/confirm"), 409, "not_ready")
    assert len(company.call("GET", "/batches").json()["items"]) == 2, "what was refused left nothing"


def test_of_two_reuploads_at_once_one_takes_the_place(company: Company) -> None:
    first = company.uploaded()
    with ThreadPoolExecutor(2) as threads:
        said = [threads.submit(company.post, replaces=first["id"]) for _ in range(2)]
    assert sorted(each.result().status_code for each in said) == [202, 409]


@pytest.mark.parametrize("replaces", [str(uuid4()), "nonsense"])
def test_what_is_not_there_cannot_be_replaced(company: Company, replaces: str) -> None:
    problem(company.post(replaces=replaces), 404, "not_found")


def test_batches_of_another_company_are_not_there(upload: Upload, company: Company) -> None:
    batch = company.uploaded()
    stranger = upload.company()
    problem(stranger.post(replaces=batch["id"]), 404, "not_found")
    for method, rest in [
        *(("GET", rest) for rest in ("", "/rows", "/annotated.xlsx", "/original.xlsx", "/events")),
        *(("POST", rest) for rest in ("/confirm", "/revalidate", "/cancel")),
    ]:
        problem(stranger.call(method, f"/batches/{batch['id']}{rest}"), 404, "not_found")
    assert stranger.call("GET", "/batches").json() == {"items": [], "next_cursor": None}
    assert company.batch(batch["id"])["status"] == "validating"


@pytest.mark.parametrize("plan", [None, "basic"])
def test_another_plan_than_plus_is_refused(upload: Upload, plan: str | None) -> None:
    company = upload.company(plan)
    problem(company.call("GET", "/template.xlsx"), 403, "plan_required")
    problem(company.call("GET", "/batches"), 403, "plan_required")
    problem(company.post(), 403, "plan_required")


def test_a_plan_that_licensing_has_just_answered_is_known(upload: Upload) -> None:
    company = upload.company("basic")
    for plan, status in (("plus", 202), ("basic", 403), ("plus", 202)):
        company.plan(plan)
        assert company.post().status_code == status


def test_without_a_token_or_the_permission(upload: Upload, company: Company) -> None:
    assert upload.nobody("POST", "/batches", files={"file": ("a", b"")}).status_code == 401
    plain = Company(upload, company.id, upload.stack.token(company.id, "plain@northwind.example"))
    problem(plain.post(), 403, "forbidden")
    problem(plain.call("GET", "/batches"), 403, "forbidden")


def test_the_template_is_made_for_the_company(company: Company) -> None:
    answer = company.call("GET", "/template.xlsx")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == XLSX
    assert company.post(answer.content, name="template.xlsx").status_code == 202
