"""An invitation that a mail server took and sent back: the batch counts it as failed, and My Team says why."""

from tests.e2e.outside import Company, eventually


def test_what_comes_back_is_a_failed_invitation_that_can_be_sent_again(company: Company) -> None:
    wrong = company.person("bounce.jon")
    review = company.rows(company.person("ann"), wrong).confirm()
    eventually(lambda: review.look().batch["progress"]["emails_failed"], "the invitation comes back")
    progress = review.batch["progress"]
    assert (progress["emails_sent"], progress["emails_failed"]) == (1, 1)

    def failed() -> bool:
        return company.user(wrong["Email"])["invitation"]["state"] == "failed"

    eventually(failed, "My Team knows")
    said = company.user(wrong["Email"])["invitation"]
    assert said["error"] == "The address does not exist (550 5.1.1 There is no such mailbox)"
    assert company.user(company.email("ann"))["invitation"]["state"] == "sent"
    edited = company.team.patch(
        f"/api/v1/team/{company.user(wrong['Email'])['user_id']}", json={"email": company.email("jon")}
    )
    assert edited.status_code == 200, edited.text

    def sent() -> bool:
        return company.user(company.email("jon"))["invitation"]["state"] == "sent"

    eventually(sent, "the right address has it")
