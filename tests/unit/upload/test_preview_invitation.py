"""Who sees an invitation before it goes: as the first whom the batch invites, and so many samples a day."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.notification.api.bodies_internal import SampleAsked
from services.upload.application.notification_client import InvitedPerson, Inviter
from services.upload.application.preview_invitation import PreviewInvitation
from services.upload.domain.refusals import MessageRefused
from services.upload.formats.shown_mail import ShownMail, Variant
from shared.http.auth import Principal
from shared.http.problems import Problem
from tests.unit.upload.web import northwind

pytestmark = pytest.mark.anyio
BATCH = UUID(int=7)
COMPANY = str(UUID(int=1))
MARTA = Principal("sub-marta", "marta@northwind.example", "Marta", COMPANY, frozenset(), frozenset(), "token")
FIRST = northwind.row(4, "Tove Lindahl", "invite")


class Asked:
    """Notification, which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    async def preview(self, company: str, by: Inviter, to: InvitedPerson) -> Sequence[ShownMail]:
        self.asked.append((company, by, to))
        return []

    async def send_sample(self, company_id: str, by: Inviter, to: InvitedPerson, variant: Variant, key: str) -> None:
        assert len(key) <= SampleAsked.model_fields["key"].metadata[1].max_length
        self.asked.append((by.email, variant, key))


class Around:
    """Everything else that the use case looks at, with a quota of `most` samples."""

    def __init__(self, batch: northwind.Batch, invited: bool = True, most: int = 2) -> None:
        self.batch, self.items, self.most = batch, [FIRST] if invited else [], most
        self.spent: set[str] = set()

    async def get(self, company_id: str, batch_id: UUID) -> northwind.Batch:
        return self.batch

    async def page(self, *_: object, **__: object) -> Any:
        return SimpleNamespace(items=self.items)

    async def require_plus(self, company_id: str) -> Any:
        return SimpleNamespace(name="Northwind Trading")

    async def require_in(self, who: Principal) -> None: ...

    async def spend(self, company_id: UUID, about: Collection[str]) -> frozenset[str]:
        new = set(about) - self.spent
        if len(self.spent) + len(new) > self.most:
            return frozenset(about) & self.spent
        self.spent |= new
        return frozenset(about)


class Answers:
    """What was answered by its key, as the table of idempotency has it."""

    def __init__(self) -> None:
        self.conn, self.rows = self, dict[object, dict[str, Any]]()

    async def run(self, work: Callable[[Any], Awaitable[object]]) -> Any:
        before = dict(self.rows)
        try:
            return SimpleNamespace(result=await work(self))
        except Problem:
            self.rows = before
            raise

    async def fetchval(self, query: str, *args: object) -> bool:
        return True

    async def fetchrow(self, query: str, *who: object) -> Any:
        return self.rows.get(who)

    async def execute(self, query: str, *args: object) -> None:
        match query.split()[0]:
            case "INSERT":
                self.rows[args[:3]] = {"body_sha256": args[3], "status": 0}
            case "UPDATE":
                self.rows[args[:3]] |= {"status": args[3], "headers": args[4], "body": args[5]}
            case _:
                pass


def previewing(around: Around) -> tuple[PreviewInvitation, Asked]:
    notification, each = Asked(), around
    parts: Any = (Answers(), each, each, each, each, notification, each)
    return PreviewInvitation(*parts), notification


async def test_it_is_shown_as_the_first_one_gets_it() -> None:
    use, notification = previewing(Around(northwind.batch()))
    await use.show(MARTA, BATCH, " Welcome  aboard ")
    by = Inviter("marta@northwind.example", "Marta", "Welcome aboard")
    assert notification.asked == [("Northwind Trading", by, InvitedPerson(FIRST.email, "Tove", "Lindahl"))]


async def test_a_sample_goes_to_who_asks_and_twice_with_a_key_is_once() -> None:
    use, notification = previewing(Around(northwind.batch(), most=1))
    for _ in range(3):
        assert await use.send_sample(MARTA, BATCH, None, "new_user", "k") == MARTA.email
    assert len(set(notification.asked)) == 1


async def test_another_sentence_is_not_sent_as_the_repetition_of_the_first() -> None:
    use, notification = previewing(Around(northwind.batch()))
    await use.send_sample(MARTA, BATCH, "Welcome.", "new_user", "k")
    others: list[tuple[str, Variant]] = [("Hello.", "new_user"), ("Welcome.", "individual_plan")]
    for message, variant in others:
        with pytest.raises(Problem) as refused:
            await use.send_sample(MARTA, BATCH, message, variant, "k")
        assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")
    assert len(notification.asked) == 1


async def test_a_key_may_be_as_long_as_any_and_is_each_admins_own() -> None:
    use, notification = previewing(Around(northwind.batch()))
    ben = replace(MARTA, subject="sub-ben", email="ben@northwind.example")
    assert [await use.send_sample(who, BATCH, None, "new_user", "k" * 255) for who in (MARTA, ben)] == [
        MARTA.email,
        ben.email,
    ]
    assert len(set(notification.asked)) == 2


async def test_there_are_so_many_samples_a_day() -> None:
    use, notification = previewing(Around(northwind.batch(), most=2))
    for _ in range(2):
        await use.send_sample(MARTA, BATCH, None, "new_user", None)
    with pytest.raises(Problem) as refused:
        await use.send_sample(MARTA, BATCH, None, "new_user", None)
    assert (refused.value.status, refused.value.code) == (429, "too_many_for_today")
    assert int(refused.value.headers["Retry-After"]) > 0
    assert len(notification.asked) == 2


@pytest.mark.parametrize(
    ("batch", "invited", "code"),
    [(northwind.PROCESSING, True, "not_ready"), (northwind.batch(), False, "invites_nobody")],
)
async def test_where_there_is_no_invitation_nothing_is_asked(batch: northwind.Batch, invited: bool, code: str) -> None:
    use, notification = previewing(Around(batch, invited))
    for call in (use.show(MARTA, BATCH, None), use.send_sample(MARTA, BATCH, None, "new_user", None)):
        with pytest.raises(Problem) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (409, code)
    assert notification.asked == []


async def test_a_sentence_that_leads_somewhere_is_neither_shown_nor_sent() -> None:
    use, notification = previewing(Around(northwind.batch()))
    for call in (use.show(MARTA, BATCH, "a.example"), use.send_sample(MARTA, BATCH, "a.example", "new_user", None)):
        with pytest.raises(MessageRefused):
            await call
    assert notification.asked == []
