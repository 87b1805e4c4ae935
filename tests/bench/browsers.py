"""500 browsers that look at progress, and 500 at My Team: processor time beside that without them: `[BROWSERS]`.

Each is a page's live part as htmx reads it, by the cookie of a session that was signed in on the issuer's page. One
company may have a hundred streams and one session ten: so they are several companies', a hundred each.

- Progress: a batch of each company is confirmed, without anybody who looks and then with a hundred who do. The share is
  what the second takes beyond the first; a change is seen as late as the end of the batch is by the last browser.
- My Team: nothing happens at first, then a user comes to each company, some seconds apart. The share is what all of it
  takes beyond the idle stack.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from tests.bench import processor
from tests.bench.admin import COMPLETED, REVIEWED, Admin
from tests.bench.figures import Figure, Plan, at_most, p95
from tests.bench.main_job import ours
from tests.bench.trees import ProgramStack, Tree, this
from tests.bench.workbooks import people

PER_COMPANY, PER_SESSION = 100, 10
CHANGES, APART = 5, 8.0
"""Users who come to each company, and seconds between them: a page that has just been told waits five."""
_LATEST = 15.0
"""Seconds after which a change is taken not to be seen."""
SHARE, SEEN = 0.2, 1.0
_PATIENCE = 60
_ONE_MACHINE = {"USHER_SIGN_INS_PER_MINUTE": "100000", "USHER_CONNECTIONS_PER_ADDRESS": "0"}
"""All of them come from one address, which may have 500 connections: these, and those of who changes something."""


@dataclass(frozen=True)
class Looked:
    """A core's share that the browsers take, and seconds until a change is seen, by browser and change."""

    share: float
    seen: Sequence[float]


@dataclass
class Browsers:
    """Streams that are read side by side; `told` by stream the moments of its messages, by the wall clock."""

    companies: Sequence[Admin]
    count: int
    told: list[list[float]] = field(default_factory=list[list[float]])
    _cookies: list[list[httpx.Cookies]] = field(default_factory=list[list[httpx.Cookies]])

    def sign_in(self) -> None:
        """So many sessions of each company as its streams need."""
        sessions = -(-min(PER_COMPANY, self.count) // PER_SESSION)
        self._cookies = [[_signed_in(admin, n) for n in range(sessions)] for admin in self.companies]

    @asynccontextmanager
    async def looking(self, path: Callable[[int], str]) -> AsyncGenerator[None]:
        """All of them at `path(company)`, once each has been told something."""
        self.told = [[] for _ in range(self.count)]
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(timeout=_PATIENCE, limits=limits, trust_env=False) as client:
            tasks = [asyncio.create_task(self._look(client, n, path)) for n in range(self.count)]
            try:
                async with asyncio.timeout(_PATIENCE):
                    while not all(self.told):
                        for task in tasks:
                            if task.done():
                                task.result()
                        await asyncio.sleep(0.05)
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def seen(self, changed: Sequence[float]) -> list[float]:
        """Seconds from each company's change until each of its browsers was told of it."""
        end = time.time() + _LATEST
        while True:
            found: list[float] = []
            for n, told in enumerate(self.told):
                then = changed[self.company_of(n)]
                found.append(next((at - then for at in told if at >= then), _LATEST))
            if time.time() > end or all(late < _LATEST for late in found):
                return found
            await asyncio.sleep(0.05)

    def company_of(self, browser: int) -> int:
        """Whose it is."""
        return browser // PER_COMPANY

    async def _look(self, client: httpx.AsyncClient, n: int, path: Callable[[int], str]) -> None:
        company = self.company_of(n)
        cookies = self._cookies[company][n % PER_COMPANY // PER_SESSION]
        url = self.companies[company].stack.url("upload") + path(company)
        headers = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in cookies.jar)}
        async with client.stream("GET", url, headers=headers) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    self.told[n].append(time.time())


def _signed_in(admin: Admin, number: int) -> httpx.Cookies:
    with httpx.Client(base_url=admin.stack.url("upload"), follow_redirects=True, timeout=_PATIENCE) as browser:
        page = browser.get("/team")
        person = {"email": f"admin{number}@{admin.domain}", "company_id": admin.company, "admin": "on"}
        browser.post(page.url, data=person).raise_for_status()
        return browser.cookies


def at_progress(stack: ProgramStack, browsers: int, rows: int, idle: processor.Idle) -> Looked:
    """The same batches without browsers and with them."""
    companies = [Admin(stack, 2 * rows) for _ in range(-(-browsers // PER_COMPANY))]
    alone = _alone(stack, companies, rows, idle)
    lookers = Browsers(companies, browsers)
    lookers.sign_in()

    async def looked() -> tuple[float, float, list[float]]:
        batches = await asyncio.to_thread(_reviewed, companies, rows, 1)
        processor_before, begun = processor.used(stack), time.monotonic()
        for admin, batch in zip(companies, batches, strict=True):
            admin.confirms(batch)
        async with lookers.looking(lambda n: f"/batches/{batches[n]}/progress/live"):
            ended = await asyncio.to_thread(_completed, companies, batches)
            await asyncio.sleep(2 * SEEN)
            last = [told[-1] for told in lookers.told]
        await asyncio.to_thread(processor.settle, stack, idle.share)
        over = time.monotonic() - begun
        taken = sum(idle.less(processor.spent(processor_before, processor.used(stack)), over).values())
        return taken, over, [max(0.0, at - ended[lookers.company_of(n)]) for n, at in enumerate(last)]

    taken, over, seen = asyncio.run(looked())
    return Looked(max(0.0, taken - alone) / over, seen)


def _alone(stack: ProgramStack, companies: Sequence[Admin], rows: int, idle: processor.Idle) -> float:
    """Processor seconds of a batch of each, from the confirmations until the stack is at rest."""
    batches = _reviewed(companies, rows, 0)
    before, begun = processor.used(stack), time.monotonic()
    for admin, batch in zip(companies, batches, strict=True):
        admin.confirms(batch)
    _completed(companies, batches)
    processor.settle(stack, idle.share)
    over = time.monotonic() - begun
    return sum(idle.less(processor.spent(before, processor.used(stack)), over).values())


def _reviewed(companies: Sequence[Admin], rows: int, number: int) -> list[str]:
    def one(admin: Admin) -> str:
        batch = admin.uploads(people(f"n{number}.{admin.domain}", rows))
        admin.wait(batch, REVIEWED)
        return batch

    with ThreadPoolExecutor(len(companies)) as pool:
        return list(pool.map(one, companies))


def _completed(companies: Sequence[Admin], batches: Sequence[str]) -> list[float]:
    """When each was, by the wall clock, as the batch itself says it."""

    def one(admin: Admin, batch: str) -> float:
        admin.wait(batch, COMPLETED)
        return datetime.fromisoformat(admin.batch(batch)["completed_at"]).timestamp()

    with ThreadPoolExecutor(len(companies)) as pool:
        return list(pool.map(one, companies, batches))


def at_my_team(stack: ProgramStack, browsers: int, changes: int, idle: processor.Idle) -> Looked:
    """A user comes to each company, some times."""
    companies = [Admin(stack, 10 * changes) for _ in range(-(-browsers // PER_COMPANY))]
    lookers = Browsers(companies, browsers)
    lookers.sign_in()
    seen: list[float] = []

    async def looked() -> float:
        async with lookers.looking(lambda _: "/team/live"):
            before, begun = processor.used(stack), time.monotonic()
            for number in range(changes):
                await asyncio.sleep(APART)
                changed = [await asyncio.to_thread(_comes, admin, number) for admin in companies]
                seen.extend(await lookers.seen(changed))
            over = time.monotonic() - begun
            return sum(idle.less(processor.spent(before, processor.used(stack)), over).values()) / over

    return Looked(max(0.0, asyncio.run(looked())), seen)


def _comes(admin: Admin, number: int) -> float:
    """When one more Active user was there, by the wall clock."""
    at = time.time()
    platform = {"Authorization": f"Bearer {admin.stack.token(None, 'platform@usher.example', platform=True)}"}
    who = f"/api/v1/companies/{admin.company}/users/new.{number}@{admin.domain}"
    profile = {"first_name": "New", "last_name": f"User{number}", "functional_area": "Sales"}
    admin.licensing.put(who, json=profile, headers=platform).raise_for_status()
    return at


def looked(tree: Tree, browsers: int, rows: int, changes: int, looks: float) -> tuple[Looked, Looked]:
    """At progress, and at My Team."""
    with tree.stack(**_ONE_MACHINE) as stack:
        ours(stack, rows)
        time.sleep(looks / 2)
        idle = processor.idle(stack, looks)
        return at_progress(stack, browsers, rows, idle), at_my_team(stack, browsers, changes, idle)


def figures(browsers: int, found: Sequence[tuple[Looked, Looked]]) -> Iterator[Figure]:
    """Shares, and how late what changes is seen."""
    for n, where in enumerate(("one batch's progress", "My Team")):
        each = [pair[n] for pair in found]
        what = f"{browsers} browsers looking at {where}"
        yield Figure(f"{what}: share of a core", "cores", [one.share for one in each], goal=at_most(SHARE, "cores"))
        late = [p95(one.seen) for one in each]
        about = {"latest_s": round(max(max(one.seen) for one in each), 2)}
        name = f"{what}: until a change is seen, 95th percentile"
        yield Figure(name, "s", late, goal=at_most(SEEN, "s"), about=about)


def measure(plan: Plan) -> Iterator[Figure]:
    """Once: of fifteen runs three times."""
    browsers = plan.size(500, 12)
    size = (20, 1, 1) if plan.smoke else (1_000, CHANGES, 20)
    yield from figures(browsers, [looked(this(), browsers, *size) for _ in range(plan.times_dear)])
