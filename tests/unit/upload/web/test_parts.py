"""The small parts: session crypto, cursor pagination, date formats, findings, rows."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.upload.web.cursor_pagination import CursorPosition
from services.upload.web.date_formats import DateFormats, zone_named
from services.upload.web.finding_texts import advice, called, wrong
from services.upload.web.render import breakable
from services.upload.web.row_pages import NumberedPage, RowPages, kind_of
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.texts import Texts
from shared.people.codes import examples
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_uploads import book
from usher_contracts import Finding

VAULT = SessionCrypto("one secret that is long enough")
MOMENTS = DateFormats(Texts.load(), zone_named("Europe/Berlin"), northwind.NOW)


@given(st.binary(max_size=200), st.binary(max_size=32))
def test_what_was_sealed_opens_for_the_same_purpose_alone(plain: bytes, about: bytes) -> None:
    sealed = VAULT.seal(plain, about)
    assert VAULT.open(sealed, about) == plain
    assert VAULT.open(sealed, about + b"x") is None
    assert SessionCrypto("another secret that is long").open(sealed, about) is None


@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(made_up: bytes) -> None:
    assert VAULT.open(made_up, b"row") is None


def test_a_form_token_is_good_for_its_session_alone() -> None:
    token = VAULT.form_token("mine")
    assert VAULT.is_form_token(token, "mine")
    assert not VAULT.is_form_token(token, "theirs")
    assert not VAULT.is_form_token("ünïcode", "mine")


def test_while_the_secret_is_replaced_sessions_and_forms_of_the_one_before_stay_good() -> None:
    turned = SessionCrypto("the next secret that is long", "one secret that is long enough")
    assert turned.open(VAULT.seal(b"tokens", b"row"), b"row") == b"tokens"
    assert turned.is_form_token(VAULT.form_token("mine"), "mine")
    assert not turned.is_form_token(VAULT.form_token("theirs"), "mine")
    over = SessionCrypto("the next secret that is long")
    assert over.open(turned.seal(b"tokens", b"row"), b"row") == b"tokens"
    assert over.is_form_token(turned.form_token("mine"), "mine")
    assert over.open(VAULT.seal(b"tokens", b"row"), b"row") is None
    assert not over.is_form_token(VAULT.form_token("mine"), "mine")


def _follow(link: str | None) -> CursorPosition:
    assert link is not None
    query = dict(part.split("=", 1) for part in link.partition("?")[2].split("&") if part)
    return CursorPosition.read({name: value.replace("%7E", "~") for name, value in query.items()})


def test_a_trail_leads_forward_and_back_to_the_first_page() -> None:
    first = CursorPosition().links("/team", {}, shown=50, size=50, following="c1", total=120)
    assert (first.first, first.last, first.previous, first.start) == (1, 50, None, None)
    second = _follow(first.next).links("/team", {}, shown=50, size=50, following="c2", total=120)
    assert (second.first, second.last, second.previous) == (51, 100, "/team")
    third = _follow(second.next).links("/team", {}, shown=20, size=50, following=None, total=120)
    assert (third.first, third.last, third.next) == (101, 120, None)
    assert _follow(third.previous) == CursorPosition("c1", (".",), 50)


def test_a_long_trail_stays_short_enough_for_an_address() -> None:
    position = CursorPosition()
    for page in range(40):
        position = _follow(position.links("/team", {}, shown=50, size=50, following=f"cursor{page}").next)
    links = position.links("/team", {"q": "x"}, shown=50, size=50, following="on")
    assert len(links.next or "") < 500
    assert links.start == "/team?q=x"


@pytest.mark.parametrize("query", [{"from": "50"}, {"cursor": "c", "from": "-1"}, {"cursor": "c", "from": "9" * 12}])
def test_an_address_that_makes_no_sense_is_the_first_page(query: dict[str, str]) -> None:
    assert CursorPosition.read(query) == CursorPosition()


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(minutes=48), "today at 10:42"),
        (timedelta(days=1), "yesterday at 11:30"),
        (timedelta(days=3), "20 Nov, 11:30"),
        (timedelta(days=400), "19 Oct 2025, 12:30"),
    ],
)
def test_a_moment_is_said_in_the_readers_zone(ago: timedelta, said: str) -> None:
    assert f">{said}</time>" in MOMENTS.moment(northwind.NOW - ago)


def test_a_moment_tells_programs_the_time_in_utc() -> None:
    assert MOMENTS.day(datetime(2026, 3, 1, tzinfo=UTC)) == (
        '<time datetime="2026-03-01T00:00:00Z" data-as="day">1 Mar</time>'
    )


@pytest.mark.parametrize("name", [None, "", "Nowhere/City", "../../etc/passwd", "Europe", "x" * 500])
def test_a_zone_that_is_none_is_utc(name: str | None) -> None:
    assert str(zone_named(name)) == "UTC"


def test_an_address_may_wrap_behind_its_at_sign_and_a_word_where_it_is_long() -> None:
    assert breakable("a<b@c.example") == "a&lt;b@<wbr>c.example"
    assert breakable("mateus.carvalho@northwind.example") == "mateus.carvalho@<wbr>northwind.example"
    assert breakable("Senior Account Executive") == "Senior Account Executive"
    assert breakable("x" * 30) == f"{'x' * 14}<wbr>{'x' * 14}<wbr>xx"
    # What belongs to the character before it stays with it.
    assert breakable("x" * 14 + "\u0301" + "y" * 9) == "x" * 14 + "\u0301<wbr>" + "y" * 9


@given(st.text(st.characters(exclude_characters="\0")))
def test_what_may_wrap_reads_the_same(text: str) -> None:
    assert unescape("".join(breakable(text).split("<wbr>"))) == text


def _finding(message: str) -> Finding:
    return Finding(code="x", column="Email", message=message)


def test_a_message_is_parted_into_what_is_wrong_and_what_to_do() -> None:
    two = _finding("Daniel Osei is Inactive. Reactivate this user in My Team first, or remove the row.")
    assert (wrong(two), advice(two)) == (
        "Daniel Osei is Inactive.",
        "Reactivate this user in My Team first, or remove the row",
    )
    one = _finding("This e-mail is not complete.")
    assert (wrong(one), advice(one)) == ("This e-mail is not complete.", "")


def test_a_row_is_called_by_its_name_or_else_its_address() -> None:
    named = northwind.row(4, "Owen Pritchard")
    assert called(named) == "Owen Pritchard"
    nameless = named.model_copy(
        update={"values": named.values.model_copy(update={"first_name": None, "last_name": None})}
    )
    assert called(nameless) == named.email


def test_every_error_code_of_a_row_has_a_kind() -> None:
    others = {code for code in examples("row") if kind_of(code) == "other"}
    assert others == {"too_long", "illegal_characters", "cell_error"}


@given(total=st.integers(0, 500), size=st.integers(1, 60), page=st.integers(1, 20))
def test_numbered_pages_cover_everything_once(total: int, size: int, page: int) -> None:
    items = list(range(total))[(page - 1) * size : page * size]
    shown = NumberedPage(items, page, size, total)
    assert shown.last - shown.first + 1 == len(items) if items else shown.first == shown.last == 0
    assert (shown.next is not None) == (page * size < total)


@pytest.mark.anyio
async def test_errors_are_found_by_kind_and_by_word() -> None:
    rows = RowPages(await book(northwind.WRONG_ROWS))
    assert rows.kinds == {"email": 3, "reports_to": 1, "list": 1, "missing": 1}
    assert [row.row for row in (await rows.errors("email", "", 1)).items] == [5, 7, 15]
    assert [row.row for row in (await rows.errors(None, "ashdown", 1)).items] == [11]
    assert [row.row for row in (await rows.errors("email", "callum.read", 1)).items] == []
    assert [row.row for row in (await rows.errors(None, "INACTIVE", 1)).items] == [15]
    # A word that stands in the stored text alone is in nothing that the page shows.
    assert (await rows.errors(None, "custom_fields", 1)).total == 0


@pytest.mark.anyio
async def test_a_page_that_does_not_exist_is_the_last_one() -> None:
    rows = RowPages(await book(northwind.WRONG_ROWS))
    last = await rows.errors(None, "", 99, size=2)
    assert (last.page, [row.row for row in last.items], last.next) == (3, [15], None)
    assert (await rows.labelled("nothing", 7)).items == []
