"""Each page that shows people, or asks for them, has every standard field, whichever there are."""

import pytest

from services.upload.web.texts import Texts
from shared.people.profile import EMAIL, FILTER_KEYS, OPTIONAL_KEYS, REQUIRED_KEYS, STANDARD_FIELDS
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_licensing import FakeLicensing
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
TEXTS = Texts.load()
each_beside_the_name = pytest.mark.parametrize(
    "key", [field.key for field in STANDARD_FIELDS if field.key not in (EMAIL, "first_name", "last_name")]
)
VALUE = "kept@northwind.example"


def label(key: str) -> str:
    return str(TEXTS(f"field.{key}"))


async def page(web: Web, path: str) -> str:
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text.replace("<wbr>", "")


def whose(key: str) -> Web:
    """A company of one user with that value in the field."""
    user = northwind.USERS[1].model_copy(update={key: VALUE, "reports_to_name": None})
    return Web(licensing=FakeLicensing(users=[user]))


def test_pages_call_a_field_as_files_do() -> None:
    assert [label(each.key) for each in STANDARD_FIELDS] == [each.column for each in STANDARD_FIELDS]


@each_beside_the_name
async def test_a_users_page_shows_it(key: str) -> None:
    text = await page(whose(key), northwind.USERS[1].link)
    assert VALUE in text.partition(f"<dt>{label(key)}</dt>")[2].partition("</dd>")[0]


@each_beside_the_name
async def test_my_team_shows_it(key: str) -> None:
    text = await page(whose(key), "/team")
    head, _, body = text.partition("<tbody")
    assert f">{label(key)}</a>" in head and VALUE in body


@each_beside_the_name
async def test_who_is_to_be_invited_is_shown_with_it(key: str) -> None:
    line = northwind.row(7, "Tove Lindahl", values={key: VALUE})
    web = Web()
    text = await page(web, f"{web.has(northwind.batch(), [line])}/confirm?tab=invited")
    assert f">{label(key)}</th>" in text and VALUE in text


@pytest.mark.parametrize("key", FILTER_KEYS)
async def test_my_team_is_filtered_and_grouped_by_it(key: str) -> None:
    text = await page(Web(), "/team")
    assert f'<option value="{key}">{label(key)}</option>' in text
    assert f'name="{key}"' in text


@pytest.mark.parametrize("path", ["/team/invite", f"{northwind.USERS[1].link}/edit"])
async def test_a_form_asks_for_it(path: str) -> None:
    text = await page(Web(), path)
    assert [field.key for field in STANDARD_FIELDS if f'name="{field.key}"' not in text] == []


async def test_the_upload_page_says_who_needs_it() -> None:
    text = await page(Web(), "/upload")
    needed, _, optional = text.partition(f"<dt>{TEXTS('upload.optional')}</dt>")
    assert [key for key in REQUIRED_KEYS if label(key) not in needed] == []
    assert [key for key in OPTIONAL_KEYS if label(key) not in optional] == []


@pytest.mark.parametrize("own", ["", "Contract"])
async def test_who_begins_is_told_what_everybody_needs(own: str) -> None:
    web = Web(licensing=FakeLicensing(licenses=northwind.ALONE))
    web.uploads.requires(own)
    text = (await page(web, "/team")).casefold().replace("e-mail", "email")
    said = text.partition("<ol>")[2].partition("</ol>")[0]
    assert [key for key in REQUIRED_KEYS if label(key).casefold() not in said] == []
