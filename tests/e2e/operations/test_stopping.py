"""A process that is told to stop finishes what it holds: nothing is done twice, and everything completes."""

import os
import signal
import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import LiteralString

import psycopg
import pytest

from tests.e2e.operations.conftest import Pair
from tests.e2e.operations.measured import back
from tests.e2e.outside import Company, Review, eventually
from tests.e2e.workbooks import grid
from tests.patience import PATIENCE

ROWS = 400


def test_what_is_held_at_sigterm_is_finished_and_done_once(pair: Pair) -> None:
    company = Company(pair.stack, purchased_licenses=ROWS + 10)
    with told_to_stop_while(pair, "validation", "SELECT FROM jobs WHERE kind = 'validate' AND lease IS NOT NULL"):
        uploaded = company.upload(grid(*(company.person(f"p{n}") for n in range(ROWS))))
    trace = uploaded.headers["traceparent"].split("-")[1]
    review = Review(company, uploaded.json()["id"])
    review.wait("ready_for_review")
    with (
        told_to_stop_while(pair, "licensing", "SELECT FROM jobs WHERE kind = 'confirm' AND lease IS NOT NULL"),
        told_to_stop_while(pair, "notification", "SELECT FROM mail_jobs WHERE state = 'sending'"),
    ):
        confirmed = review.do("confirm", {"review": 1})
    assert confirmed.status_code == 202, confirmed.text
    review.wait("completed")
    assert (review.batch["progress"]["emails_sent"], review.batch["progress"]["emails_failed"]) == (ROWS, 0)

    def done() -> Counter[str] | None:
        spans = pair.collector.trace(trace)
        names = Counter(span.name for span in spans if span.name.startswith(("job ", "SMTP ")))
        assert [span for span in spans if span.error and span.name in names] == []
        return names if names["SMTP send"] > ROWS else None

    # One mail more is the admin's own: the batch is done.
    assert eventually(done, "a span for each mail") == {"job validate": 1, "job confirm": 1, "SMTP send": ROWS + 1}
    ended = [line for line in pair.stack.lines if "starting it again" in line]
    for service in ("validation", "licensing", "notification"):
        assert sum(f"{service} ended with code 0" in line or f"{service}-2 ended with code 0" in line for line in ended)


@contextmanager
def told_to_stop_while(pair: Pair, service: str, held: LiteralString) -> Generator[None]:
    """Tells all of a service's processes to stop the moment that this is so, however soon it is over: the watch begins
    before what is inside. Ends when the service has other processes."""
    with ThreadPoolExecutor(1) as watcher:
        stopped = watcher.submit(stop_while, pair, service, held)
        yield
        stopped.result()


def stop_while(pair: Pair, service: str, held: LiteralString) -> None:
    """Waits for it, tells all of the service's processes to stop, and returns when it has others."""
    pids = pair.stack.pids(service)
    end = time.monotonic() + PATIENCE
    with psycopg.connect(pair.stack.stack.database_url(service), autocommit=True) as connection:
        while connection.execute(held).fetchone() is None:
            if time.monotonic() > end:
                pytest.fail(f"{service} never held anything")
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    back(pair.stack, service, pids)
