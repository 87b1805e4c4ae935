"""What one mail says, apart from how it looks: what the templates are filled with.

Its text part and its HTML part say the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Button:
    """The next step."""

    label: str
    link: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with one entry each for the people it is about: name and address, and what to do."""

    heading: str
    entries: tuple[tuple[str, str], ...]
    more: str | None = None


@dataclass(frozen=True, slots=True)
class MailText:
    """The text of a mail, without its layout. `facts`: a label and a number each. `note` stands below the button,
    `footer` below everything.

    `link_note`: stands before the button's address, which is then written out, for programs that show no buttons.
    """

    subject: str
    preview: str
    heading: str
    greeting: str
    paragraphs: tuple[str, ...]
    footer: str
    facts: tuple[tuple[str, int], ...] = ()
    sections: tuple[Section, ...] = ()
    button: Button | None = None
    note: str | None = None
    link_note: str | None = None
