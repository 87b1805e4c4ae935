"""Two replicas of every service work side by side, and the lead passes on when the leader is killed."""

import os
import re
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from deploy.local.options import SERVICES
from tests.e2e.operations.conftest import Pair
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
    for service in SERVICES:
        shares = [applied(url) for url in urls(pair.stack, service)]
        assert all(shares), f"the replicas of {service} have applied {shares} records"


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


def whole_batch(company: Company) -> Review:
    """From the upload to the end."""
    people = [company.person(f"new{n}") for n in range(ROWS)]
    return company.review(grid(*people)).confirm()


def urls(stack: TestStack, service: str) -> Sequence[str]:
    """Where each of a service's processes answers."""
    return [one["url"] for one in stack.endpoints[service]["processes"]]


def applied(url: str) -> int:
    """How many records a process has applied."""
    said = httpx.get(f"{url}/metrics").raise_for_status().text
    found = re.findall(r'^usher_inbox_records_total\{.*outcome="applied"\} ([\d.e+]+)$', said, re.MULTILINE)
    return sum(int(float(each)) for each in found)


def leader(stack: TestStack, service: str) -> int:
    """The process whose relay leads: it has the connection that holds the lock."""
    url = stack.stack.database_url(service)

    def look() -> int | None:
        with psycopg.connect(url) as connection:
            row = connection.execute(_HOLDER, [urlsplit(url).path.removeprefix("/")]).fetchone()
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
