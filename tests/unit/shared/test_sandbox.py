"""The sandbox: what a child may use, what ends it, and what it can't see."""

import asyncio
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio.to_thread
import pytest
from prometheus_client import REGISTRY

from shared.observability.sandbox_runs import observed
from shared.sandbox import Limits, Sandbox, SandboxDied


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
    fds = sorted(int(each.name) for each in Path("/proc/self/fd").iterdir())
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


def write(path: str) -> bytes:
    Path(path).write_bytes(b"x")
    return b""


def fork() -> bytes:
    os.fork()
    return b""


def limits() -> bytes:
    return json.dumps(
        [
            resource.getrlimit(resource.RLIMIT_NPROC),
            resource.getrlimit(resource.RLIMIT_CORE),
        ]
    ).encode()


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
    assert seen["fds"][:4] == [0, 1, 2, 3] and len(seen["fds"]) == 5  # the fifth lists the folder


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


@pytest.mark.anyio
async def test_a_child_writes_no_file_and_starts_no_process(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxDied):
        await sandbox.run(write, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size == 0
    assert json.loads(await sandbox.run(limits)) == [[0, 0], [0, 0]]


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
