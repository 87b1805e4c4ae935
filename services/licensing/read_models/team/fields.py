"""The fields of My Team as SQL: by what it is filtered, sorted and grouped. Custom fields go by ``custom.<name>``."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.people.address import compare_form
from shared.people.profile import FIRST_NAME, LAST_NAME, TEXT_KEYS
from shared.people.text import clean, fold

CUSTOM = "custom."
OUTSIDE = "not_sso_domain"
INVITATIONS = ("queued", "sent", "failed", "expired", OUTSIDE)
"""What can be so of an invitation; one that has expired is no longer counted as sent or failed, and any of them can be
OUTSIDE: to an address outside the company's SSO domains, so that it can't be accepted."""


@dataclass(slots=True)
class Parameters:
    """A statement's values, each in its place."""

    values: list[Any] = field(default_factory=list[Any])

    def add(self, value: Any) -> str:
        """The placeholder of one more value."""
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that users have: ``shown`` is its SQL; ``compared`` brings a given value to the form in which it is
    compared; ``column`` keeps that form, where it is not simply the text in lower case."""

    shown: str
    compared: Callable[[str], str]
    column: str | None = None

    @property
    def key(self) -> str:
        """The SQL of its compared form, never null, '' where there is none."""
        return self.column or lowered(self.shown)


def lowered(shown: str) -> str:
    """The compared form of a text of which no column keeps it."""
    return f"lower(coalesce({shown}, ''))"


def _compared(text: str) -> str:
    return clean(text).lower()


INVITATION = """
CASE WHEN u.invitation_id IS NULL THEN '' WHEN u.expires_at <= now() THEN 'expired' ELSE coalesce(d.state, 'queued') END
"""
IS_OUTSIDE = """
coalesce(u.invitation_id IS NOT NULL AND sso.domains <> '[]'
         AND NOT sso.domains ? split_part(u.email_key, '@', 2), false)
""".replace("sso.domains", "(SELECT c.settings -> 'sso_domains' FROM companies c WHERE c.company_id = $1)")
"""Whether the invitation is OUTSIDE, where the company is the first of the parameters."""
TEXTS: Mapping[str, Text] = {
    "email": Text("u.email", compare_form, "u.email_key"),
    "first_name": Text("u.first_name", fold, "u.first_key"),
    "last_name": Text("u.last_name", fold, "u.last_key"),
    **{key: Text(f"u.{key}", _compared) for key in TEXT_KEYS if key not in (FIRST_NAME, LAST_NAME)},
}
"""The standard fields that hold a text of one's own."""


def custom_text(name: str, parameters: Parameters) -> Text:
    """A company's own field, its name a value of the statement."""
    return Text(f"u.custom_fields ->> {parameters.add(name)}::text", _compared)


def text_of(name: str, parameters: Parameters) -> Text:
    """Raises KeyError for what is no field with a text."""
    return custom_text(name.removeprefix(CUSTOM), parameters) if name.startswith(CUSTOM) else TEXTS[name]


def names_in(text: str, custom: Collection[str]) -> Iterator[str]:
    """Names parted by commas. A company's own field may have a comma in its name."""
    known = sorted((f"{CUSTOM}{name}" for name in custom), key=len, reverse=True)
    while text:
        body = text.lstrip(" ")
        sign = "-" if body.startswith("-") else ""
        body = body[len(sign) :]
        own = next((k for k in known if body.startswith(k) and body[len(k) : len(k) + 1] in ("", ",")), None)
        name = body.partition(",")[0] if own is None else own
        text = body[len(name) + 1 :]
        if name := name.strip():
            yield sign + name
