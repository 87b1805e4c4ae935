"""Work that goes on for as long as a fault lasts: batches one after the other, and changes whose way is timed."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.faults.admin import Admin
from tests.faults.harness import Harness
from tests.faults.work import Prepared, PromiseBroken, Work

LONGEST_PAUSE = 15.0
"""Seconds: a promise of docs/guarantees.md."""
_ROWS = 10
_PATIENCE = 180.0


class Continuous:
    """Two admins who upload and confirm, three who change somebody and look for it on the other side of Kafka."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.uploading = [Admin(harness) for _ in range(2)]
        self.changing = [Admin(harness) for _ in range(3)]
        self.admins = [*self.uploading, *self.changing]

    def begin(self) -> "UnderWay":
        """All of them at once."""
        return UnderWay(self)


def continuous(harness: Harness, rng: random.Random) -> Prepared:
    """As a fault prepares it."""
    return Continuous(harness)


@contextmanager
def going_on(begin: Callable[[], Work]) -> "Generator[UnderWay]":
    """The work, which goes on beyond the end of the block unless that is one in failure."""
    work = begin()
    assert isinstance(work, UnderWay)
    try:
        yield work
    except BaseException:
        work.stop()
        raise


class UnderWay(Work):
    """It ends when it is joined. `watched`: a company whose changes are timed."""

    def __init__(self, prepared: Continuous) -> None:
        self._enough = threading.Event()
        self._stack = prepared.harness.stack
        self.watched = prepared.changing[0].id
        batches = [lambda admin=admin: self._upload(admin) for admin in prepared.uploading]
        changes = [lambda admin=admin: self._change(admin) for admin in prepared.changing]
        super().__init__([*changes, *batches], self._check)

    def join(self) -> None:
        self.stop()
        super().join()

    def stop(self) -> None:
        """Nothing new is begun."""
        self._enough.set()

    def _check(self, came_to: Sequence[Any]) -> None:
        longest = self.longest_pause = max(pause for pause in came_to if pause is not None)
        if longest > LONGEST_PAUSE:
            raise PromiseBroken("no_pause_is_long", f"{longest:.1f} s, {LONGEST_PAUSE:.0f} are promised")

    def _upload(self, admin: Admin) -> None:
        for number in itertools.count():
            if self._enough.is_set():
                return
            admin.batch(_ROWS, first=number * _ROWS)

    def _change(self, admin: Admin) -> float:
        """The longest that a change took from the request until validation knew of it: by licensing's log, its relay,
        Kafka and validation's inbox. One follows the other, so that no pause on this way is overlooked."""
        user, longest = admin.user(admin.there[0])["user_id"], 0.0
        known = _Known(lambda: self._stack.database_url("validation"), user)
        for number in itertools.count():
            if self._enough.is_set():
                break
            began = time.monotonic()
            admin.team.patch(f"/api/v1/team/{user}", json={"title": f"Title {number}"}).raise_for_status()
            while known.title() != f"Title {number}":
                assert time.monotonic() < began + _PATIENCE, "a change never came to validation"
                time.sleep(0.03)
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.2)
        return longest


class _Known:
    """What validation knows of a user, by a connection that is made again when it is lost."""

    def __init__(self, where: Callable[[], str], user: str) -> None:
        self._where, self._user = where, user
        self._connection: psycopg.Connection | None = None

    def title(self) -> str | None:
        """None while the database cannot be asked, too."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._where(), connect_timeout=2, autocommit=True)
            row = self._connection.execute("SELECT title FROM people WHERE user_id = %s", [self._user]).fetchone()
        except psycopg.Error:
            return None
        return str(row[0]) if row else None
