"""What a batch costs in messages: counted on all topics for so many users and for twice as many, never timed."""

import pytest

from tests.bench.admin import Admin, whole_job
from tests.bench.timeline import on_kafka
from tests.bench.workbooks import people
from tests.stack import TestStack


@pytest.mark.parametrize("users", [20, 40])
def test_a_batch_is_one_message_a_step_and_three_a_user(running: TestStack, users: int) -> None:
    admin = Admin(running, users)
    whole_job(admin, people(admin.domain, users))
    admin.close()
    said = {name: span.count for name, span in on_kafka(admin).items()}
    of_the_batch = ("BatchUploaded", "BatchValidated", "BatchConfirmed", "LicensesReserved", "BatchProcessed",
                    "BatchCompleted")  # fmt: skip
    of_a_user = ("UserInvited", "UserState", "InvitationSent")
    assert said == {"CompanyChanged": 1} | dict.fromkeys(of_the_batch, 1) | dict.fromkeys(of_a_user, users)
