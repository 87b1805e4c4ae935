"""The sandbox: what a child may use, what ends it, and what it can't see."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anyio.to_thread
import pytest
import structlog
from anyio import from_thread
from prometheus_client import REGISTRY

from shared.sandbox import metrics
from shared.sandbox.confinement import Offered
from shared.sandbox.metrics import observed, warm
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from tests.unit.shared import attacks


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "asyncio", {"use_uvloop": True}  # as in the services; one test below has asyncio's own loop


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    box = Sandbox(preload=[__name__], slots=2, around=observed)
    yield box
    box.close()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    return shared_sandbox


def deaths(work: str, reason: str) -> float:
    """As they are counted for operators."""
    found = REGISTRY.get_sample_value("usher_sandbox_deaths_total", {"work": work, "reason": reason})
    return found or 0


def double(data: bytes) -> bytes:
    return data * 2


def look_around() -> bytes:
    fds = list[int]()
    for fd in range(1024):
        with suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_GETFD)
            fds.append(fd)
    return json.dumps({"environ": dict(os.environ), "fds": fds, "pid": os.getpid()}).encode()


def eat_memory() -> bytes:
    return bytes(2**31)


def spin() -> bytes:
    while True:
        pass


def sleep(seconds: float) -> bytes:
    time.sleep(seconds)
    return b""


def abort() -> bytes:
    os.abort()


def fail() -> bytes:
    raise ValueError("ann@northwind.example is what the file said")


def length(path: str) -> bytes:
    return str(len(Path(path).read_bytes())).encode()


def decode(codec: str) -> bytes:
    return b"ann".decode(codec).encode()


@pytest.mark.anyio
async def test_a_result_comes_back_whole(sandbox: Sandbox) -> None:
    assert await sandbox.run(double, b"ab") == b"abab"
    large = os.urandom(5_000_000)
    assert await sandbox.run(double, large) == large * 2


@pytest.mark.anyio
async def test_a_child_sees_no_environment_and_no_connection_but_its_own(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USHER_INVITATION_KEY", "secret")
    seen = json.loads(await sandbox.run(look_around))
    assert "secret" not in json.dumps(seen["environ"])
    assert set(seen["environ"]) <= {"PYTHONPATH", "PYTHONUTF8", "TZ", "LC_CTYPE"}
    assert seen["fds"] == [0, 1, 2, 3]


@pytest.mark.anyio
async def test_a_child_serves_one_run_only(sandbox: Sandbox) -> None:
    first, second = [json.loads(await sandbox.run(look_around))["pid"] for _ in range(2)]
    assert first != second and os.getpid() not in (first, second)


@pytest.mark.parametrize(
    ("function", "reason", "detail"),
    [
        (eat_memory, "memory", ""),
        (abort, "signal", "SIGABRT"),
        (spin, "cpu", "SIGXCPU"),
    ],
)
@pytest.mark.anyio
async def test_what_ends_a_child_is_told(
    sandbox: Sandbox, function: Callable[[], bytes], reason: str, detail: str
) -> None:
    before = deaths(function.__name__, reason)
    with pytest.raises(SandboxDied) as died:
        await sandbox.run(function, limits=Limits(cpu_seconds=1))
    assert (died.value.reason, died.value.detail) == (reason, detail)
    assert deaths(function.__name__, reason) == before + 1
    assert await sandbox.run(double, b"x") == b"xx"  # and the next run is none the worse


@pytest.mark.anyio
async def test_the_wall_limit_kills(sandbox: Sandbox) -> None:
    before = deaths("sleep", "time")
    with pytest.raises(SandboxDied) as died:
        await sandbox.run(sleep, 60, limits=Limits(wall_seconds=0.2))
    assert (died.value.reason, deaths("sleep", "time")) == ("time", before + 1)


@pytest.mark.anyio
async def test_an_exception_is_named_but_not_quoted(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxDied) as died:
        await sandbox.run(fail)
    assert died.value.reason == "error" and died.value.detail.startswith("ValueError at test_sandbox.py:")
    assert "northwind" not in str(died.value)


class Prison:
    """A sandbox of the image's user, with a folder of that user's files, a sibling that holds another company's rows,
    and a server somewhere that listens."""

    def __init__(self, folder: Path, box: Sandbox, sibling: int, port: int) -> None:
        self.folder, self.box, self.sibling, self.port = folder, box, sibling, port

    async def attempt(self, what: str) -> str:
        run = self.box.run(
            attacks.attempt, what, self.sibling, str(self.folder), self.port, reads=[self.folder / "own.xlsx"]
        )
        return (await run).decode()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def still_holds_the_sibling(self) -> bool:
        return Path(f"/proc/{self.sibling}/stat").exists()


@pytest.fixture(scope="module")
def prison() -> Iterator[Prison]:
    with tempfile.TemporaryDirectory(prefix="usher-test-") as name, socket.create_server(("127.0.0.1", 0)) as listening:
        folder = Path(name)
        for file in ("own.xlsx", "other.xlsx"):
            (folder / file).write_bytes(file.encode())
        for path in (folder, *folder.iterdir()) if os.geteuid() == 0 else ():
            os.chown(path, attacks.IMAGE_USER, attacks.IMAGE_USER)
        # The image's user may not be let in to where this Python is installed: what a child needs is imported before.
        box = Sandbox(preload=[attacks.__name__, __name__, "tests.unit.shared.image_user"], slots=2)
        with from_thread.start_blocking_portal("asyncio") as portal:
            sibling = portal.start_task_soon(box.run, attacks.hold, 600.0)
            yield Prison(folder, box, _child_of(box), listening.getsockname()[1])
            sibling.cancel()
        box.close()


@pytest.mark.parametrize(
    ("walls", "level"), [(Offered(7, True), "info"), (Offered(0, True), "warning"), (Offered(3, False), "warning")]
)
@pytest.mark.anyio
async def test_a_service_says_at_its_start_what_its_kernel_gives(
    monkeypatch: pytest.MonkeyPatch, walls: Offered, level: str
) -> None:
    monkeypatch.setattr(metrics, "offered", lambda: walls)
    with structlog.testing.capture_logs() as lines:
        async with warm(Sandbox(slots=1)):
            pass
    told = {"event": "sandbox.walls", "landlock_abi": walls.landlock, "seccomp": walls.seccomp, "log_level": level}
    assert lines == [told]
    seen = {wall: REGISTRY.get_sample_value("usher_sandbox_walls", {"wall": wall}) for wall in ("landlock", "seccomp")}
    assert seen == {"landlock": walls.landlock, "seccomp": walls.seccomp}


def _child_of(box: Sandbox) -> int:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        server = box._server  # pyright: ignore[reportPrivateUsage]
        found = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split() if server else []
        if found:
            return int(found[0])
        time.sleep(0.01)
    raise AssertionError("no child was started")


@pytest.mark.parametrize("what", attacks.ATTACKS)
@pytest.mark.anyio
async def test_a_file_reaches_nothing_but_its_own_bytes(prison: Prison, what: str) -> None:
    assert await prison.attempt(what) in ("refused: Operation not permitted", "refused: Permission denied")
    assert prison.files() == {"own.xlsx": b"own.xlsx", "other.xlsx": b"other.xlsx"}
    assert prison.still_holds_the_sibling()


@pytest.mark.anyio
async def test_a_child_reads_its_own_file_and_python(prison: Prison, sandbox: Sandbox) -> None:
    path = prison.folder / "own.xlsx"
    assert await prison.box.run(length, str(path), reads=[path]) == b"8"
    assert await sandbox.run(decode, "cp1006") == b"ann", "a codec that nobody imported"


@pytest.mark.anyio
async def test_a_result_has_a_largest_size(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxDied) as died:
        await sandbox.run(double, bytes(1000), limits=Limits(result_bytes=1999))
    assert died.value.reason == "result_too_large"
    assert len(await sandbox.run(double, bytes(1000), limits=Limits(result_bytes=2000))) == 2000


@pytest.mark.anyio
async def test_a_dead_server_is_replaced(sandbox: Sandbox) -> None:
    await sandbox.run(double, b"x")
    assert sandbox._server is not None  # pyright: ignore[reportPrivateUsage]
    os.kill(sandbox._server.pid, signal.SIGKILL)  # pyright: ignore[reportPrivateUsage]
    assert await sandbox.run(double, b"x") == b"xx"


@pytest.mark.anyio
async def test_nobody_waiting_ends_the_child(sandbox: Sandbox) -> None:
    run = asyncio.create_task(sandbox.run(sleep, 3600))
    await sandbox.run(double, b"x")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    server = sandbox._server  # pyright: ignore[reportPrivateUsage]
    assert server is not None
    await anyio.to_thread.run_sync(_wait_for_no_children, server.pid)


def _wait_for_no_children(pid: int) -> None:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    give_up = time.monotonic() + 10
    while children.read_text():
        assert time.monotonic() < give_up, "the child still runs"
        time.sleep(0.01)


@pytest.mark.anyio
async def test_no_more_than_its_slots_at_a_time() -> None:
    box = Sandbox(preload=[__name__], slots=1)
    running: list[str] = []

    async def one(name: str) -> None:
        await box.run(sleep, 0.05)
        running.append(name)

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(one(name))
    box.close()
    assert running == ["a", "b", "c"]


def test_it_runs_on_the_loop_of_asyncio_too_and_leaves_no_process() -> None:
    box = Sandbox(preload=[__name__], slots=1)
    assert asyncio.run(box.run(double, b"ab")) == b"abab"
    server = box._server  # pyright: ignore[reportPrivateUsage]
    assert server is not None
    box.close()
    assert server.poll() == 0
