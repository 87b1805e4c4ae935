"""A standby that lacks the last commits takes over: what it lacks is noticed and listed, and never said otherwise."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from deploy.devstack.ports import HeldPorts
from deploy.devstack.replication import servers
from deploy.operate.services import SERVICES
from tests.e2e.outside import Company, Review, eventually, mails
from tests.faults.restoring import (
    ask,
    checked,
    done,
    lost_life,
    on_kafka,
    quiet,
    reconnected,
    stack_on,
    usher,
)
from tests.stack import TestStack

_OPTIONS: dict[str, Any] = {"standbys": 1, "synchronous": False}
_LAST = "SELECT max(first_position + count - 1) FROM commits"


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    with HeldPorts.choose() as held:
        yield held


def test_what_a_standby_lacks_is_listed_and_its_positions_are_not_given_again(tmp_path: Path, ports: HeldPorts) -> None:
    data = tmp_path / "data"
    with stack_on(data, ports.base, **_OPTIONS) as stack:
        company = Company(stack)
        kept = company.rows(company.person("ada"))
        kept.confirm().wait("completed")
        mails(stack, company.email("ada"))
        eventually(lambda: quiet(stack), "nothing under way")
        _cut_off_standby(stack)
        _, lost, lost_batch, lost_waiting = lost_life(company)
        mails(stack, company.email("bea"))
        eventually(lambda: quiet(stack), "nothing under way")
        before = on_kafka(stack)
        _lose_primary(stack)
        eventually(lambda: all(_says_what_it_lacks(stack, service) for service in SERVICES), "each notices it")
        _stands_still(stack, company)
        assert sorted(on_kafka(stack)) == sorted(before)

    with stack_on(data, ports.base, services=(), **_OPTIONS) as stack:
        found, files = checked(stack, tmp_path)
        types = Counter(each.type.split(".")[1] for each in found)
        assert {each.service for each in found} == set(SERVICES)
        assert types["BatchUploaded"] == 2 and types["BatchConfirmed"] == 1
        assert {each.stream for each in found if each.type == "usher.BatchUploaded.v1"} == {
            f"batch-{lost_batch}",
            f"batch-{lost_waiting}",
        }
        for service in SERVICES:
            done(usher(stack, service, "restore", service, "resume", *files))

    with stack_on(data, ports.base, **_OPTIONS) as stack:
        company = reconnected(stack, company)
        assert Review(company, kept.id).look().status == "completed"
        again = company.rows(company.person("bea"))
        again.confirm().wait("completed")
        assert lost not in {each["email"] for each in company.team.get("/api/v1/team").json()["items"]}
        eventually(lambda: quiet(stack), "nothing under way")
        _new_positions_are_above_all_that_were_given(before, on_kafka(stack))


def _cut_off_standby(stack: TestStack) -> None:
    standby = servers(stack.stack.options)[1]
    with psycopg.connect(standby.own_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
        connection.execute("SELECT pg_reload_conf()")
    with psycopg.connect(stack.stack.primary.own_url, autocommit=True) as connection:
        following = "SELECT FROM pg_stat_replication"
        eventually(lambda: connection.execute(following).fetchone() is None, "nobody follows")


def _lose_primary(stack: TestStack) -> None:
    pid = int(stack.endpoints["postgres"]["pid"])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: stack.endpoints["postgres"]["pid"] not in (0, pid), "the standby has taken over")


def _says_what_it_lacks(stack: TestStack, service: str) -> bool:
    answer = httpx.get(f"{stack.url(service)}/readyz")
    metrics = httpx.get(f"{stack.url(service)}/metrics").text.splitlines()
    lacking = next(float(line.split()[1]) for line in metrics if line.startswith("usher_log_lacking "))
    return answer.status_code == 503 and "relay" in answer.text and lacking > 0


def _stands_still(stack: TestStack, company: Company) -> None:
    last = {service: ask(stack, service, _LAST) for service in SERVICES}
    for _ in range(10):
        person = {
            "email": company.email("new"),
            "first_name": "New",
            "last_name": "Waiting",
            "functional_area": "Sales",
        }
        answer = company.team.post("/api/v1/team", json=person)
        assert answer.status_code == 503, answer.text
        time.sleep(0.3)
    assert {service: ask(stack, service, _LAST) for service in SERVICES} == last


def _new_positions_are_above_all_that_were_given(
    before: list[tuple[str, str, int]], now: list[tuple[str, str, int]]
) -> None:
    for service in SERVICES:
        highest = max(sequence for owner, _, sequence in before if owner == service)
        later = [sequence for owner, _, sequence in set(now) - set(before) if owner == service]
        assert later and min(later) > highest, service
