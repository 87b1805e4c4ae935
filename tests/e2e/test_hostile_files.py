"""Files that were made to harm, over HTTP: a plain reason each time, and nobody else notices."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.e2e import hostile
from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Review, eventually, problem
from tests.stack import TestStack

KIB, MIB = 1024, 1024 * 1024
SERVICE_LIMIT, SANDBOX_LIMIT = 400 * MIB, 600 * MIB
_EYE_OPENS_EVERY = 0.05
NOT_A_REASON = ("Traceback", "Error", "Exception", "/", "SIG", "xml.", "expat", "zlib")


def _resident(pid: int) -> int:
    """The most memory that a process has had so far, in bytes; 0 where it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * KIB
    return 0


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _children(child)


class Watch:
    """The memory of upload and validation, and of all that they start, while it lasts."""

    def __init__(self, stack: TestStack) -> None:
        self.services = {name: int(stack.endpoints[name]["pid"]) for name in ("upload", "validation")}
        self.sandboxes: dict[int, int] = {}
        self._over = threading.Event()

    def look(self) -> None:
        """Until it is over."""
        while not self._over.wait(_EYE_OPENS_EVERY):
            for service in self.services.values():
                for child in _children(service):
                    self.sandboxes[child] = max(self.sandboxes.get(child, 0), _resident(child))

    def end(self, stack: TestStack) -> None:
        """Holds them to the limits, and to be the processes that they were."""
        self._over.set()
        for name, pid in self.services.items():
            assert stack.endpoints[name]["pid"] == pid, f"{name} died"
            assert 0 < _resident(pid) <= SERVICE_LIMIT, f"{name} took {_resident(pid) // MIB} MiB"
        assert self.sandboxes, "nothing ran in a sandbox"
        assert max(self.sandboxes.values()) <= SANDBOX_LIMIT, f"{max(self.sandboxes.values()) // MIB} MiB"


@contextmanager
def _watched(stack: TestStack) -> Generator[Watch]:
    watch = Watch(stack)
    eye = threading.Thread(target=watch.look, daemon=True)
    eye.start()
    try:
        yield watch
    finally:
        watch._over.set()  # pyright: ignore[reportPrivateUsage]
        eye.join()
    watch.end(stack)


@pytest.fixture(autouse=True)
def watch(running: TestStack) -> Iterator[Watch]:
    """Every test here is watched."""
    with _watched(running) as watching:
        yield watching


def _plain(message: str) -> None:
    assert 20 < len(message) < 300, message
    assert not [word for word in NOT_A_REASON if word in message], message


def test_what_reading_finds_out_has_a_plain_reason(company: Company, new_company: NewCompany) -> None:
    other = new_company()
    found: dict[str, list[str]] = {}
    for what, made in hostile.CORRUPT.items():
        review = company.review(made())
        found[what] = review.file_errors()
        for error in review.batch["file_errors"]:
            _plain(error["message"])
        assert review.status == "needs_correction", what
        small = other.rows(other.person("ann"))
        assert small.status == "ready_for_review", f"nobody else was served after {what}"
        small.do("cancel").raise_for_status()
    # A sheet that is not in the file is no sheet: there is nothing then.
    assert found == {what: ["corrupt"] for what in found} | {"a sheet on another machine": ["empty"]}


def test_what_harms_only_who_believes_it_is_read(company: Company) -> None:
    for what, made in hostile.READ.items():
        review = company.review(made())
        assert (what, review.file_errors()) == (what, []), review.batch
        assert review.row(2)["email"] == "ada@c.example"
    assert not Path("/tmp/usher-was-here").exists() and not Path("/etc/usher-was-here").exists()


def test_what_is_no_workbook_is_refused_at_once(company: Company) -> None:
    for what, (made, code) in hostile.REFUSED.items():
        answer = company.upload(made())
        assert (what, answer.status_code) == (what, 415), answer.text
        _plain(problem(answer, 415, code)["detail"])


def test_any_damage_is_an_answer(company: Company) -> None:
    uploaded: list[Review] = []

    @given(hostile.damaged())
    @settings(max_examples=40)
    def damage(data: bytes) -> None:
        answer = eventually(lambda: _taken(company, data), "a place for one more file")
        assert answer.status_code in (202, 415), answer.text
        if answer.status_code == 202:
            uploaded.append(Review(company, answer.json()["id"]))
        else:
            _plain(answer.json()["detail"])

    damage()
    for review in uploaded:
        review.wait()
        for error in review.batch["file_errors"]:
            _plain(error["message"])
            assert "in a way that stops the reader" not in error["message"], "an exception that nobody foresaw"
        if not review.batch["file_errors"]:
            assert review.page()["items"]


def _taken(company: Company, data: bytes):
    answer = company.upload(data)
    return None if answer.status_code == 429 else answer


def test_a_small_file_is_judged_while_another_company_s_huge_ones_are_being_worked_on(
    company: Company, new_company: NewCompany
) -> None:
    other = new_company()
    heavy = hostile.huge(20_000, lambda n: company.email(f"p{n}"))
    much = hostile.READ["one cell again and again"]()
    queue = [Review(company, company.upload(data).raise_for_status().json()["id"]) for data in (heavy, much) * 4]
    small = other.rows(other.person("ann"))
    left = [review for review in queue if review.look().status == "validating"]
    assert small.status == "ready_for_review"
    assert left, "the small file stood in line behind all the huge ones"
    for review in queue:
        review.wait()
