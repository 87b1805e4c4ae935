"""The parts of a whole test run: each a pytest process of its own, with a stack of its own where it takes one, several
at once. What they say is said together in the end, and that none of the tests was lost."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.checkout import ROOT
from tests.record import Record

SLOWEST = 30
_NO_TESTS = 5
"""pytest's exit code where a selection leaves none."""


@dataclass(frozen=True)
class Part:
    """Tests that one pytest process runs. The others' paths are left out where they lie within."""

    name: str
    paths: tuple[str, ...]
    options: tuple[str, ...] = ()
    niceness: int = 0
    """What need not wait for anything goes behind what does: it fills the gaps."""


E2E, INTEGRATION = "tests/e2e", "tests/integration"
BROWSER, OPERATIONS = f"{E2E}/browser", f"{E2E}/operations"
UNIT = Part("unit", ("tests/unit",), ("-n", "auto", "--dist", "worksteal"), niceness=10)
_STORIES = tuple(f"{BROWSER}/test_{name}.py" for name in ("my_team", "story"))
_PROGRAMS = tuple(
    f"{E2E}/test_{name}.py" for name in ("documentation", "invite_command", "operator_commands", "subscribers")
)
LANES: tuple[tuple[Part, ...], ...] = (
    (Part("e2e", (E2E,)), Part("operations", (OPERATIONS,))),
    (Part("stories and programs", (*_STORIES, *_PROGRAMS)),),
    (Part("integration", (INTEGRATION,)),),
    (
        Part("pages", (BROWSER,), niceness=5),
        Part("upgrade and kills", (f"{OPERATIONS}/test_upgrade.py", f"{E2E}/test_kills.py")),
        Part("licensing on its database", (f"{INTEGRATION}/licensing",)),
    ),
    (UNIT,),
)
"""Side by side; the parts of a lane one after another. Most stand on stacks, which take next to nothing while they do
nothing; unit tests use every core that is left."""


@dataclass(frozen=True)
class Result:
    """How a part ended."""

    part: Part
    code: int
    output: str
    seconds: float
    record: Record = field(default_factory=Record)

    @property
    def failed(self) -> bool:
        return self.code not in (0, _NO_TESTS)

    def __str__(self) -> str:
        ended = list(self.record.ended.values())
        counts = ", ".join(f"{ended.count(how)} {how}" for how in ("passed", "failed", "skipped") if how in ended)
        return f"{self.part.name}: {counts or 'no tests'} in {self.seconds:.0f} s" + (" FAILED" if self.failed else "")


def run(
    given: Sequence[str],
    lanes: Sequence[Sequence[Part]],
    files: AbstractSet[str],
    say: Callable[[str], None],
) -> int:
    """Runs all parts, each with what is given to pytest besides, and says how one ended as soon as it has. The exit
    code: 0 when every test that was found ran, some of each of these files, and none failed."""
    began = time.monotonic()
    parts = [part for lane in lanes for part in lane]

    def one_after_another(lane: Sequence[Part]) -> list[Result]:
        results: list[Result] = []
        for part in lane:
            results.append(result := _run(part, within(part, parts), given))
            # Who gives options of pytest's own wants to see what it answers.
            say(f"{result.output}\n{result}" if result.failed or given else str(result))
        return results

    with ThreadPoolExecutor(len(lanes)) as pool:
        results = [result for lane in pool.map(one_after_another, lanes) for result in lane]
    whole = Record.sum(result.record for result in results)
    lost = sorted(whole.lost | (files - whole.files))
    failed = any(result.failed for result in results) or not whole.ended or bool(lost)
    say("\n".join((*_slowest(whole), *_told_lost(lost))))
    say(f"{len(whole.ended)} tests in {time.monotonic() - began:.0f} s: {'FAILED' if failed else 'ok'}")
    return int(failed)


def within(part: Part, parts: Iterable[Part]) -> list[str]:
    """The paths of other parts that lie within this one's."""
    own = [Path(path) for path in part.paths]
    others = [path for other in parts if other is not part for path in other.paths]
    return [path for path in others if any(one in Path(path).parents for one in own)]


def _run(part: Part, left_out: Sequence[str], given: Sequence[str]) -> Result:
    began = time.monotonic()
    with TemporaryDirectory(prefix="usher-record-") as folder:
        file = Path(folder) / "record.json"
        # A folder of its own: each pytest that begins closes the one that they share to all others, and Postgres, who
        # is another user, is locked out of its data.
        own = ("--basetemp", str(Path(folder) / "tmp"))
        options = (*part.options, "-q", "-p", "tests.record", "--record", str(file), *own)
        ignored = [f"--ignore={path}" for path in left_out]
        command = (sys.executable, "-m", "pytest", *part.paths, *options, *ignored, *given)
        done = subprocess.run(
            ("nice", "-n", str(part.niceness), *command),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Result(part, done.returncode, done.stdout, time.monotonic() - began, Record.read(file))


def _slowest(record: Record) -> Iterator[str]:
    yield f"The slowest {SLOWEST}, with what sets them up:"
    for test in record.slowest(SLOWEST):
        yield f"{record.seconds[test]:7.1f} s  {test}"


def _told_lost(lost: Sequence[str]) -> Iterator[str]:
    if lost:
        yield f"LOST: {len(lost)} that are there did not run:"
        yield from lost
