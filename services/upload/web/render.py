"""Templates: one Jinja environment, and what every page is rendered with."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.upload.web.assets import Assets
from services.upload.web.date_formats import ZONE_COOKIE, DateFormats, zone_named
from services.upload.web.finding_texts import advice, called, full_name, wrong
from services.upload.web.ports import Batch, CorrectionCode
from services.upload.web.team_filters import OWN
from services.upload.web.texts import Texts
from shared.people.access import PERMISSIONS
from shared.people.columns import STANDARD
from shared.people.profile import DETAIL_KEYS, METHODOLOGIES, OPTIONAL_KEYS, REPORTS_TO, REQUIRED_KEYS
from shared.people.statuses import FACTS

_LONG = re.compile(r"[^\s@]{21,}")
_MAY_WRAP = re.compile(r".{14}(?=[\w!-/:-@])")  # not before what belongs to a character, as accents do
_NOTES = frozenset({*get_args(CorrectionCode), "too_many_uploads"})
"""Why nothing was corrected. Other texts of theirs have places to fill, and no address may ask for them."""
_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a page is for: shown in its header. `csrf` goes into every form that changes something."""

    name: str
    company: str
    admin: bool
    csrf: str
    waiting: int = 0
    """How many batches wait for them."""
    purchaser: bool = False
    """Whether they may authorize purchases."""
    methodologies: Mapping[str, str] = field(default_factory=dict[str, str])
    """What their company's methodologies are called, by their ids."""

    def value(self, name: str, text: str) -> str:
        """What stands in a field, as people call it."""
        return self.methodologies.get(text, text) if name == METHODOLOGIES else text


def breakable(text: str) -> Markup:
    """A text that may wrap where it has no space: an e-mail address after its @, and a word that is longer than others
    are. Style alone can't say that to a table: its columns would break short words for the sake of a long neighbour."""
    long = _LONG.sub(lambda word: _MAY_WRAP.sub("\\g<0>\0", word[0]), text.replace("@", "@\0"))
    return Markup("<wbr>").join(escape(piece) for piece in long.rstrip("\0").split("\0"))


def attributes(names: Mapping[str, str | None]) -> Markup:
    """HTML attributes, those with a value None left out."""
    return Markup(" ").join(Markup('{}="{}"').format(name, value) for name, value in names.items() if value is not None)


def swaps(target: str, beside: str | None = None, *, scroll: bool = False, typing: bool = False) -> Markup:
    """Makes the links and forms inside an element swap one part of the page, and the parts named in `beside` with it.

    The server answers with the whole page, htmx takes the parts out of it: without script the same links work.
    `scroll` shows the part's top afterwards (a pager); a filter stays where the reader is. `typing` replaces the
    address instead of adding one to the history: going back leaves a search, not a letter of it.
    """
    return attributes(
        {
            "hx-boost:inherited": "true",
            "hx-target:inherited": target,
            "hx-select:inherited": target,
            "hx-select-oob:inherited": beside,
            "hx-swap:inherited": f"outerHTML show:{'top' if scroll else 'none'}",
            f"hx-{'replace' if typing else 'push'}-url:inherited": "true",
        }
    )


def methodology_names(ids: Sequence[str], batch: Batch) -> str:
    """How the methodologies are called that a row names; what stands in the cell, where that is none."""
    names = {each.id: each.name for each in batch.seats.methodologies}
    return ", ".join(names.get(key, key) for key in ids)


class Renderer:
    """Renders templates with the catalogue, the assets and the reader's time zone.

    In: the words and assets; `now`, so that tests can say what is today. Out: responses in HTML, never cached, since
    they hold people's names.
    """

    def __init__(self, texts: Texts, assets: Assets, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.texts = texts
        self.now = now
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        shared: dict[str, Any] = {
            "t": texts,
            "asset": assets.url,
            "swaps": swaps,
            "attributes": attributes,
            "required_keys": REQUIRED_KEYS,
            "optional_keys": OPTIONAL_KEYS,
            "detail_keys": DETAIL_KEYS,
            "statuses": FACTS,
            "permissions": PERMISSIONS,
            "manager_column": STANDARD[REPORTS_TO],
            "methodology_names": methodology_names,
        }
        self._environment.globals.update(shared)
        self._environment.filters.update(
            breakable=breakable,
            full_name=full_name,
            called=called,
            wrong=wrong,
            advice=advice,
            field_name=self._field_name,
            listed=self._listed,
            grouped="{:,}".format,
        )

    def html(self, request: Request, template: str, view: object = None, reader: Reader | None = None) -> str:
        """The template with `view` as `v`, for `reader` as `me` (None: nobody is signed in)."""
        dates = DateFormats(self.texts, zone_named(request.cookies.get(ZONE_COOKIE)), self.now())
        places: dict[str, Any] = {
            "v": view,
            "me": reader,
            "moment": dates.moment,
            "day": dates.day,
            "calendar_day": dates.calendar_day,
            "zone": str(dates.zone),
            "path": request.url.path,
        }
        return self._environment.get_template(template).render(places)

    def note(self, code: str) -> str | None:
        """Why nothing was corrected, as an address names it; None for what is no such reason."""
        return str(self.texts(f"correct.{code}")) if code in _NOTES else None

    def _field_name(self, field: str) -> str:
        """A field of ours, or a value of one, in our words; a custom field and its values in the company's."""
        for key in (f"field.{field}", f"status.{field}", f"team.invitation_{field}", f"permission.{field}"):
            if key in self.texts:
                return self.texts(key)
        return field.removeprefix(OWN)

    def _listed(self, names: Sequence[str]) -> Markup:
        """Several in a sentence: "A, B and C"."""
        *some, last = [escape(name) for name in names]
        return self.texts("app.and", some=Markup(", ").join(some), last=last) if some else last

    def page(
        self,
        request: Request,
        template: str,
        view: object = None,
        reader: Reader | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """A whole page as a response."""
        return HTMLResponse(self.html(request, template, view, reader), status, {**(headers or {})})
