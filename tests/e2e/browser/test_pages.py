"""Every page for everybody: axe, both colour schemes, desk and phone. The pages stand alone here, with canned data."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page

from services.upload.read_models.batches.view import Batch
from services.upload.web.licensing_models import MethodologySeats, Offer
from services.upload.web.ports import BatchRows
from shared.http.auth import Principal
from shared.http.problems import Problem
from shared.people.actions import ACTIONS
from tests.e2e.browser.conftest import accessible
from tests.e2e.browser.served import served
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_licensing import FakeLicensing
from tests.unit.upload.web.fake_uploads import FakeUploads, book
from tests.unit.upload.web.fakes import Web

BATCHES: dict[str, Batch] = {
    "checking": northwind.VALIDATING,
    "review": northwind.WRONG,
    "licenses": northwind.END_EVENT,
    "unreadable": northwind.UNREADABLE,
    "stale": northwind.STALE,
    "progress": northwind.PROCESSING,
    "completed": northwind.COMPLETED,
    "cancelled": northwind.CANCELLED,
}
IDS = {name: UUID(int=number) for number, name in enumerate(BATCHES, 100)}
WAITING, ACTIVE = (f"/team/{northwind.USERS[number].user_id}" for number in (1, 0))
PATHS = [
    *(f"/team/actions/{each}" for each in ACTIONS),
    *(f"/team/actions/{each}?user={northwind.USERS[1].user_id}" for each in ("resend", "update_fields")),
    *("/team/hierarchy", f"/team/hierarchy?of={northwind.USERS[14].user_id}"),
    *("/team?group=reports_to", "/team?region=Iberia&custom.Contract=Employee&blank=title"),
    *("/team/invite", WAITING, ACTIVE, f"{WAITING}/edit", f"{ACTIVE}/edit?note=saved"),
    *("/team", "/team?q=nobody", "/team?note=cancelled", "/upload", "/batches", "/nothing", "/signed-out"),
    *(f"/batches/{each}" for each in IDS.values()),
    *(f"/batches/{IDS['stale']}/confirm?tab={tab}&note=review_changed" for tab in ("invited", "changed", "warned")),
    *(f"/upload?replaces={IDS['review']}", "/join/plain", "/join/transfer", "/join/expired", "/join/cancelled"),
]


class Offers(FakeLicensing):
    """Each link is named after what it leads to."""

    async def offer(self, invitation: str) -> Offer:
        match invitation:
            case "plain":
                return northwind.OFFER
            case "transfer":
                return northwind.TRANSFER
            case gone:
                raise Problem(410, gone, "")


class Uploads(FakeUploads):
    """Each batch has the rows that fit it."""

    async def rows(self, who: Principal, batch_id: UUID) -> BatchRows | None:
        lines = northwind.WRONG_ROWS if batch_id == IDS["review"] else northwind.GOOD_ROWS
        batch = self.found[batch_id]
        return await book(lines, batch) if batch.counts.rows else None


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The pages, served."""
    web = Web(uploads=Uploads({IDS[name]: each.model_copy(update={"id": IDS[name]}) for name, each in BATCHES.items()}))
    web.licensing = Offers()
    seats = [MethodologySeats(id=name.lower(), name=name, available=2) for name in ("Command", "Value")]
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"methodologies": seats})
    web.selections.kept = {user.user_id for user in northwind.USERS[:3]} | {str(UUID(int=500))}
    with served(web) as found:
        yield found


@pytest.fixture(scope="module", params=["desk in the light", "phone in the dark"])
def page(request: pytest.FixtureRequest, chrome: Browser, address: str) -> Iterator[Page]:
    """A browser that is signed in; what its console complains about fails the test."""
    phone = request.param == "phone in the dark"
    context = chrome.new_context(
        viewport={"width": 390 if phone else 1280, "height": 900}, color_scheme="dark" if phone else "light"
    )
    context.add_cookies([{"name": "usher", "value": "session", "url": address}])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_everybody_can_use_it(page: Page, address: str, path: str) -> None:
    complaints: list[str] = []
    page.once("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script("document.addEventListener('securitypolicyviolation', e => { window.blocked = e.blockedURI })")
    page.goto(address + path, wait_until="domcontentloaded")
    accessible(page)
    assert page.evaluate("window.blocked ?? null") is None
    assert not complaints
