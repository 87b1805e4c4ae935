"""Mail merge: what all mails of a batch have in common is rendered once, and each person's values are filled in.

A merged mail is, byte for byte, what rendering it for that person gives, as SMTP wants it (smtp_data.py). Where a value
could change more than its own place (a line that gets too long, a boundary), there is no merged mail.
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import escape

from services.notification.formats.mail.mail_text import MailText
from services.notification.formats.mail.render import (
    BOUNDARY,
    MAX_LINE_BYTES,
    Renderer,
    dos_lines,
    encoded,
    entities,
    goes_as_it_is,
    one_line,
    part_head,
    subject_line,
    unix_lines,
)
from services.notification.formats.mail.smtp_data import FINAL_DOT, stuffed

_OF_A_BOUNDARY = BOUNDARY.removeprefix("=_")
_Field = str
_TextLine = tuple[str, ...]
_Piece = bytes | _Field | _TextLine
"""What stays; a field, filled with a value as HTML has it; texts and fields that are a line of the text part together,
which is encoded when its values are known."""


def field(name: str) -> str:
    """What stands in a mail's text where a person's value will: a word that nobody can have typed."""
    return f"{name}{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True)
class MailMerge:
    """One mail for many. `room`: the longest value, as HTML has it, with which no line gets too long."""

    renderer: Renderer
    subject: str
    pieces: Sequence[_Piece]
    room: int

    @classmethod
    def of(cls, renderer: Renderer, mail_text: MailText, fields: Sequence[str]) -> MailMerge | None:
        """A mail in whose text these fields stand; None for one that has to be rendered for each person."""
        subject = subject_line(mail_text.subject)
        text = unix_lines(encoded(renderer.text(mail_text))).decode()
        html = unix_lines(entities(renderer.html(mail_text))).decode()
        field = re.compile(f"({'|'.join(fields)})")
        # Where nothing fixed asks for quoted-printable, it would be up to a value; a dot that is doubled, too.
        up_to_a_value = field.sub("", text).isascii() or re.search(f"^({field.pattern})", html, re.MULTILINE)
        if field.search(subject) or up_to_a_value or not goes_as_it_is(html.encode()) or _OF_A_BOUNDARY in html:
            return None
        pieces = _joined([*_text_pieces(text, field), *_html_pieces(html, field)])
        return cls(renderer, subject, pieces, min(_room(line, field) for line in html.split("\n")))

    def mail(self, values: Mapping[str, str], recipient: str, message_id: str, at: datetime) -> bytes | None:
        """The mail for one person, whose values stand by their fields; None where it has to be rendered. Raises
        ValueError where that would."""
        in_html = {name: entities(escape(value)) for name, value in values.items()}
        for name, value in values.items():
            if len(in_html[name]) > self.room or _OF_A_BOUNDARY in value or one_line(value) != value:
                return None
        parts: list[bytes] = []
        for piece in self.pieces:
            match piece:
                case bytes():
                    parts.append(piece)
                case str():
                    parts.append(in_html[piece])
                case _:
                    parts.append(_quoted("".join([values.get(each, each) for each in piece])))
        return self.renderer.message(self.subject, recipient, message_id, at, parts) + FINAL_DOT


def _text_pieces(text: str, field: re.Pattern[str]) -> Iterator[_Piece]:
    yield part_head("plain", as_it_is=False)
    for line in text.split("\n"):
        fixed = field.split(line)
        yield _quoted(line) if len(fixed) == 1 else tuple(fixed)
        yield b"\r\n"


def _html_pieces(html: str, field: re.Pattern[str]) -> Iterator[_Piece]:
    yield part_head("html", as_it_is=True)
    first, *others = field.split(html)
    yield stuffed(dos_lines(first.encode()))
    for n, each in enumerate(others):
        # What follows a field begins within a line.
        yield dos_lines(each.encode()).replace(b"\r\n.", b"\r\n..") if n % 2 else each
    yield b"\r\n"


def _joined(pieces: Sequence[_Piece]) -> Sequence[_Piece]:
    """The same with what stays in one piece."""
    joined: list[_Piece] = []
    for piece in pieces:
        match joined, piece:
            case [*before, bytes() as last], bytes():
                joined = [*before, last + piece]
            case _:
                joined.append(piece)
    return joined


def _quoted(line: str) -> bytes:
    # A line is encoded as it would be among others: quoted-printable begins anew in each.
    return stuffed(dos_lines(binascii.b2a_qp(encoded(line))))


def _room(line: str, field: re.Pattern[str]) -> int:
    fixed = field.split(line)
    return (MAX_LINE_BYTES - sum(map(len, fixed[::2]))) // max(1, len(fixed) // 2)
