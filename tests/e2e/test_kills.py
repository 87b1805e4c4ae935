"""A batch survives kill -9 of each service in turn while it is being processed."""

import time
from functools import partial

from deploy.operate.services import SERVICES
from tests.faults.admin import Admin
from tests.faults.evidence import Evidence
from tests.faults.harness import harnessed
from tests.faults.runner import settled
from tests.faults.work import Work
from tests.patience import PATIENCE

ROWS = 150


def test_a_batch_survives_kill_9_of_each_service_in_turn() -> None:
    with harnessed(patience=2 * PATIENCE) as harness:
        harness.mail.late = 0.05
        admins = [Admin(harness), Admin(harness, licenses=ROWS + 10)]
        kept = admins[0].send(admins[0].file(5, first=ROWS))
        work = Work([partial(admin.batch, ROWS) for admin in admins], lambda _: None)
        killed: list[str] = []
        for service in SERVICES:
            time.sleep(1)
            if work.going:
                harness.signal(service)
                killed.append(service)
        work.join()
        assert set(killed) == set(SERVICES), f"only {killed} were killed while a batch was processed"
        kept.look()
        assert kept.status == "ready_for_review"
        assert settled(harness, Evidence(harness, admins), time.monotonic() + PATIENCE) == {}
        for admin in admins:
            seats = admin.seats()
            assert (seats["waiting"], seats["active"]) == (ROWS, 7), seats
