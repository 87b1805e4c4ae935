"""A batch's life: reupload, cancel, confirm, check again, and reviews that the world has overtaken."""

from uuid import uuid4

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Review, eventually, mails, problem
from tests.e2e.workbooks import grid


def ready(company: Company) -> Review:
    """A batch that invites one and changes one."""
    review = company.rows(company.person("ann"), {"Email": company.admin, "Title": "Boss"})
    assert review.status == "ready_for_review", review.batch
    return review


def test_confirming_twice_is_the_same_as_once(company: Company) -> None:
    review = ready(company)
    answers = [review.do("confirm", {"review": 1}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert review.wait("completed").batch["progress"] == {
        "invited": 1,
        "changed": 1,
        "emails_sent": 1,
        "emails_failed": 0,
    }
    again = review.do("confirm", {"review": 1})
    assert (again.status_code, again.json()) == (202, review.batch)
    assert review.do("confirm").status_code == 202
    assert len(mails(company.stack, company.email("ann"))) == 1
    assert review.batch["confirmed_by"]["email"] == company.admin


def test_a_key_makes_two_confirmations_one_and_holds_for_its_body_alone(company: Company) -> None:
    review = ready(company)
    first, again = (review.do("confirm", {"review": 1}, "confirm-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    confirmed = [{name: one.json()[name] for name in ("id", "review", "confirmed_by")} for one in (first, again)]
    assert confirmed[0] == confirmed[1], "the second says how it stands by now"
    problem(review.do("confirm", {"review": 2}, "confirm-1"), 422, "idempotency_key_reused")
    assert review.wait("completed").batch["progress"]["invited"] == 1


def test_what_was_cancelled_while_it_was_checked_stays_cancelled(company: Company) -> None:
    started = Review(company, company.upload(grid(*(company.person(f"p{n}") for n in range(500)))).json()["id"])
    assert started.do("cancel").json()["status"] == "cancelled"
    assert company.rows(company.person("ann")).status == "ready_for_review", "judged after it, one company's in turn"
    assert started.look().status == "cancelled" and started.page()["items"] == []


def test_confirming_needs_the_review_that_is_present(company: Company) -> None:
    review = ready(company)
    problem(review.do("confirm", {"review": 2}), 409, "review_changed")
    assert review.do("revalidate").status_code == 202
    assert review.wait().batch["review"] == 2
    problem(review.do("confirm", {"review": 1}), 409, "review_changed")
    assert company.seats()["occupied"] == 1
    for bad in ("two", -1, 1.5, 2**40):
        problem(review.do("confirm", {"review": bad}), 422, "request_not_understood")
    assert review.do("confirm").status_code == 202, "without a number it is the present one"


def test_only_what_is_ready_can_be_confirmed(company: Company) -> None:
    wrong = company.rows(company.person("ann", First_Name=None))
    problem(wrong.do("confirm", {"review": 1}), 409, "not_ready")
    wrong.do("cancel").raise_for_status()
    problem(wrong.do("confirm"), 409, "not_ready")
    started = Review(company, company.upload(grid(*(company.person(f"p{n}") for n in range(3000)))).json()["id"])
    problem(started.do("confirm"), 409, "not_ready")
    assert started.do("cancel").json()["status"] == "cancelled"


def test_cancelling_is_possible_until_it_is_confirmed(company: Company) -> None:
    for review in (ready(company), company.rows(company.person("bob", Title="x" * 151))):
        for _ in range(2):
            answer = review.do("cancel")
            assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert review.do("revalidate").status_code == 409
        assert company.upload(grid(company.person("x")), replaces=review.id).status_code == 409
    confirmed = ready(company).confirm()
    problem(confirmed.do("cancel"), 409, "already_confirmed")
    problem(confirmed.do("revalidate"), 409, "already_confirmed")


def test_a_reupload_takes_the_place_of_what_is_not_confirmed_yet(company: Company) -> None:
    first = company.rows(company.person("ann", First_Name=None))
    second = company.review(grid(company.person("ann")), "corrected.xlsx", replaces=first.id)
    assert (second.batch["replaces"], second.status, second.warnings()) == (first.id, "ready_for_review", [])
    assert first.look().status == "superseded"
    problem(first.do("confirm"), 409, "not_ready")
    problem(first.do("cancel"), 409, "superseded")
    assert company.upload(grid(company.person("bob")), replaces=first.id).status_code == 409
    same = company.review(grid(company.person("ann")), replaces=second.id)
    assert "same_file_again" not in same.warnings(), "the admin knows that it is the same: it replaces it"
    same.confirm()
    assert company.upload(grid(company.person("cyd")), replaces=same.id).status_code == 409
    assert len(company.http.get("/api/v1/batches").json()["items"]) == 3, "what was refused is no batch"


def test_a_reupload_of_no_batch_or_another_company_s_is_not_found(company: Company, new_company: NewCompany) -> None:
    other = ready(new_company())
    data = grid(company.person("ann"))
    for replaces in (str(uuid4()), "not-an-id", other.id, "\u0000"):
        problem(company.upload(data, replaces=replaces), 404, "not_found")
    assert other.look().status == "ready_for_review"
    refused = company.upload(data, replaces=other.id, key="k")
    assert refused.status_code == 404
    assert company.upload(data, key="k").status_code == 202, "a refusal takes no key"


def test_another_company_s_batch_is_not_found_by_any_call(company: Company, new_company: NewCompany) -> None:
    other = ready(new_company())
    theirs = Review(company, other.id)
    for answer in (
        *(
            company.http.get(theirs.url + path)
            for path in ("", "/rows", "/annotated.xlsx", "/original.xlsx", "/events")
        ),
        *(theirs.do(what) for what in ("confirm", "cancel", "revalidate")),
        company.http.get("/api/v1/batches/not-an-id"),
    ):
        assert answer.status_code in (404, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert other.look().status == "ready_for_review"


def test_each_row_names_the_user_to_whom_it_was_done_whatever_became_of_their_address(company: Company) -> None:
    review = ready(company)
    admin = company.user(company.admin)["user_id"]
    assert [row["user_id"] for row in review.rows().values()] == [None, admin], "nobody is invited yet"
    review.confirm()
    ann = company.user(company.email("ann"))
    assert [row["user_id"] for row in review.rows().values()] == [ann["user_id"], admin]
    company.team.patch(f"/api/v1/team/{ann['user_id']}", json={"email": company.email("ann2")}).raise_for_status()
    assert review.row()["user_id"] == company.user(company.email("ann2"))["user_id"]


def test_someone_invited_meanwhile_makes_the_review_stale_and_nothing_is_done(company: Company) -> None:
    review = ready(company)
    company.invite("ann", title="Already here")
    assert review.do("confirm", {"review": 1}).status_code == 202
    eventually(lambda: review.look().batch["review"] == 2 and review.status != "validating", "the second review")
    assert (review.status, review.batch["notice"]["code"]) == ("ready_for_review", "stale_review")
    assert len(review.batch["notice"]["message"]) > 30
    assert (review.batch["confirmed_by"], review.batch["confirmed_at"]) == (None, None)
    assert [row["outcome"] for row in review.rows().values()] == ["change", "change"]
    assert company.user(company.admin)["title"] is None, "nothing is half done"
    assert "people.xlsx" in mails(company.stack, company.admin)[0]["text"]
    problem(review.do("confirm", {"review": 1}), 409, "review_changed")
    assert review.confirm().batch["notice"] is None
    assert review.batch["progress"]["invited"] == 0 and company.user(company.email("ann"))["first_name"] == "Ada"


def test_a_manager_deactivated_meanwhile_sends_the_batch_back_with_the_error(company: Company) -> None:
    boss = company.active("boss", first_name="Bo", last_name="Ss")
    review = company.rows(company.person("ann", Reports_To=boss))
    company.act("deactivate", boss)
    assert review.do("confirm", {"review": 1}).status_code == 202
    eventually(lambda: review.look().batch["review"] == 2 and review.status != "validating", "the second review")
    assert (review.status, review.batch["notice"]["code"]) == ("needs_correction", "stale_review")
    assert review.errors() == {2: {"Reports To": "reports_to_inactive"}}
    assert company.seats()["occupied"] == 1
    company.act("reactivate", boss)
    assert review.do("revalidate").status_code == 202
    assert review.wait().status == "ready_for_review"
    assert review.batch["notice"] is not None, "until the next confirmation"
    assert review.confirm().status == "completed"
    assert company.user(company.email("ann"))["reports_to"] == boss


def test_settings_that_changed_meanwhile_send_the_batch_back_until_they_allow_it(company: Company) -> None:
    company.provision(regions=["EMEA", "APAC"])
    review = company.rows(company.person("ann", Region="EMEA"))
    company.provision(regions=["APAC"], sso_domains=["elsewhere.example"])
    assert review.do("confirm", {"review": 1}).status_code == 202
    eventually(lambda: review.look().batch["review"] == 2 and review.status != "validating", "the second review")
    assert (review.status, review.batch["notice"]["code"]) == ("needs_correction", "stale_review")
    assert review.errors() == {2: {"Email": "email_not_sso_domain", "Region": "region_unknown"}}
    assert company.seats()["occupied"] == 1
    company.provision(regions=["emea"], sso_domains=[])
    for notice in (True, False):
        assert review.do("revalidate").status_code == 202
        assert review.wait().status == "ready_for_review"
        assert (review.batch["notice"] is not None) == notice, "it goes when a check brings nothing new"
    assert review.confirm().status == "completed"
    assert company.user(company.email("ann"))["region"] == "emea"


def test_another_company_that_was_quicker_sends_the_batch_back(company: Company, new_company: NewCompany) -> None:
    other = new_company()
    email = other.email("shared")
    review = company.rows(company.person("x", Email=email), company.person("ann"))
    assert review.status == "ready_for_review"
    other.invite("shared")
    assert review.do("confirm", {"review": 1}).status_code == 202
    eventually(lambda: review.look().batch["review"] == 2 and review.status != "validating", "the second review")
    assert (review.status, review.batch["notice"]["code"]) == ("needs_correction", "stale_review")
    assert review.errors() == {2: {"Email": "email_in_other_company"}}


def test_what_licensing_has_answered_is_known_to_every_batch_uploaded_afterwards(company: Company) -> None:
    for n in range(5):
        email = company.invite(f"p{n}")
        assert company.rows({"Email": email, "Title": "AE"}).row()["outcome"] == "change"
        company.act("deactivate", company.active(f"q{n}"))
        gone = company.rows({"Email": company.email(f"q{n}"), "Title": "AE"})
        assert gone.errors() == {2: {"Email": "user_inactive"}}


def test_the_annotated_copy_corrected_and_reuploaded_is_ready(company: Company) -> None:
    wrong = company.rows(company.person("ann", Functional_Area="Sal"), company.person("bob", First_Name=None))
    copy = company.http.get(f"{wrong.url}/annotated.xlsx")
    assert copy.headers["content-disposition"].startswith('attachment; filename="people (with errors).xlsx"')
    again = company.review(copy.content, "people (with errors).xlsx", replaces=wrong.id)
    assert (again.errors(), again.warnings()) == (wrong.errors(), []), "its Errors column is ignored without a warning"
