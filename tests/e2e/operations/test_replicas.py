"""Two replicas of every service work side by side, and the lead passes on when the leader is killed."""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import psycopg

from deploy.operate.services import SERVICES
from tests.e2e.operations.conftest import Pair
from tests.e2e.operations.measured import applied, back, each
from tests.e2e.operations.partitions import on_every_partition_half
from tests.e2e.outside import Company, Review, eventually, mails
from tests.e2e.workbooks import grid
from tests.stack import TestStack

ROWS = 12


def test_batches_of_several_companies_are_shared_by_all_replicas(pair: Pair) -> None:
    companies = on_every_partition_half(lambda: Company(pair.stack), at_least=3)
    with ThreadPoolExecutor(len(companies)) as pool:
        reviews = list(pool.map(whole_batch, companies))
    assert {review.status for review in reviews} == {"completed"}
    for company in companies:
        assert company.seats()["waiting"] == ROWS
        for n in range(ROWS):
            assert len(mails(pair.stack, company.email(f"new{n}"))) == 1, "each invited once"
    for _ in range(20):  # Kafka may have heard of both only after some of it was done
        if all(all(applied(pair.stack, service)) for service in SERVICES):
            break
        whole_batch(Company(pair.stack))
    for service in SERVICES:
        shares = applied(pair.stack, service)
        assert all(shares), f"the replicas of {service} have applied {shares} records"


def test_what_operators_look_at_is_measured(pair: Pair) -> None:
    stack = pair.stack
    before = sum(each(stack, "upload", "usher_batch_completion_seconds_count"))
    whole_batch(Company(stack))
    eventually(lambda: sum(each(stack, "upload", "usher_batch_completion_seconds_count")) > before, "its duration")
    reserved = {"decision": "reserved", "reason": "batch"}
    assert sum(each(stack, "licensing", "usher_seat_decisions_total", **reserved)) >= 1
    assert sum(each(stack, "notification", "usher_mails_total", kind="invitation", outcome="taken")) >= ROWS
    assert sum(each(stack, "validation", "usher_jobs_done_total", kind="validate")) >= 1
    assert sum(each(stack, "validation", "usher_sandbox_seconds_count", work="read")) >= 1
    for service in SERVICES:
        assert sum(each(stack, service, "usher_relay_leads")) == 1
        eventually(
            lambda service=service: (
                not any(
                    each(stack, service, "usher_consumer_lag_records")
                    + each(stack, service, "usher_relay_oldest_unpublished_seconds")
                )
            ),
            f"{service} has caught up and says so",
        )


def test_the_lead_passes_on_when_the_leader_is_killed(pair: Pair) -> None:
    company = Company(pair.stack)
    review = company.rows(*(company.person(f"late{n}") for n in range(ROWS)))
    before = leader(pair.stack, "licensing")
    review.do("confirm", {"review": 1})
    os.kill(before, signal.SIGKILL)
    review.wait("completed")
    assert leader(pair.stack, "licensing") != before
    for n in range(ROWS):
        assert len(mails(pair.stack, company.email(f"late{n}"))) == 1
    back(pair.stack, "licensing", [before])


def whole_batch(company: Company) -> Review:
    """From the upload to the end."""
    people = [company.person(f"new{n}") for n in range(ROWS)]
    return company.review(grid(*people)).confirm()


def leader(stack: TestStack, service: str) -> int:
    """The process whose relay leads: it has the connection that holds the lock."""
    database = urlsplit(stack.stack.database_url(service)).path.removeprefix("/")

    def look() -> int | None:
        with psycopg.connect(stack.admin_url) as connection:
            row = connection.execute(_HOLDER, [database]).fetchone()
        return None if row is None else process_at(stack.pids(service), row[0])

    return eventually(look, f"somebody who leads in {service}")


def process_at(pids: Sequence[int], port: int) -> int | None:
    """Which of the processes has this end of a connection."""
    for pid in filter(psutil.pid_exists, pids):
        if any(c.laddr.port == port for c in psutil.Process(pid).net_connections("tcp4")):
            return pid
    return None


_HOLDER = """
SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'usher relay' AND a.datname = %s
"""
