"""Who sees an invitation before it goes: as the first whom the batch invites, and so many samples a day."""

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

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


def previewing(around: Around) -> tuple[PreviewInvitation, Asked]:
    notification, each = Asked(), around
    parts: Any = (each, each, each, each, notification, each)
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
    assert notification.asked[0] == (MARTA.email, "new_user", f"{BATCH} sub-marta k")


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
