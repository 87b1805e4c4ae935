"""From what a mail says to its bytes: a MIME message.

MJML becomes HTML once, at the start, with its placeholders still in it; a mail only fills these. Names come from files
that anybody may have sent: HTML is autoescaped, and what goes into a header is one line of printable text, folded by
the standard library.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

import mrml
from jinja2 import Environment, StrictUndefined, Template

from services.notification.formats.mail.mail_text import MailText

_TEMPLATES = Path(__file__).parent / "templates"
BOUNDARY = "=_usher_letter_part"
"""In quoted-printable "=_" cannot occur (RFC 2045, 6.7): a part in which somebody wrote it is encoded so."""
MAX_LINE_BYTES = 900
"""Bytes of a line that goes as it is; servers take 998 (RFC 5322, 2.1.1)."""
_MAX_SUBJECT_LENGTH = 200
_UNFOLDED_SUBJECT_LENGTH = 78 - len("Subject: ")
"""Characters with which the header is one line that needs no folding (RFC 5322)."""


class Renderer:
    """Makes mails from one sender."""

    def __init__(self, sender: Address) -> None:
        self._html = _html_template()
        self._text = _text_template()
        self._constant = _from(sender) + _CONSTANT

    def mail(self, mail_text: MailText, recipient: str, message_id: str, at: datetime) -> bytes:
        """A whole message, ready for DATA. Raises ValueError for an address that no header can carry."""
        parts = (_part("plain", encoded(self.text(mail_text))), _part("html", entities(self.html(mail_text))))
        return self.message(subject_line(mail_text.subject), recipient, message_id, at, parts)

    def message(self, subject: str, recipient: str, message_id: str, at: datetime, parts: Iterable[bytes]) -> bytes:
        """The message around a text part and an HTML part. Raises ValueError as `mail` does."""
        variable = (
            f"To: {_one_word(recipient)}\r\n"
            f"Subject: {subject}\r\n"
            f"Date: {_date(at.replace(microsecond=0))}\r\n"
            f"Message-ID: {_one_word(message_id)}\r\n"
        ).encode("ascii")
        return b"".join((variable, self._constant, *parts, _END))

    def text(self, mail_text: MailText) -> str:
        """The text part."""
        return self._text.render(mail=mail_text)

    def html(self, mail_text: MailText) -> str:
        """The HTML part."""
        return self._html.render(mail=mail_text)


def one_line(text: str) -> str:
    """The text as one line: what cannot be seen or would break the line becomes a space."""
    seen = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(seen.split())


def subject_line(text: str) -> str:
    """The text as the header has it."""
    # By Header, which takes the text as it is. The policy's own header decodes "=?utf-8?q?=0D=0ABcc:…?=" in a name and
    # then writes a line of its own for it. So what looks encoded is encoded, as is what is not ASCII.
    line = one_line(text)[:_MAX_SUBJECT_LENGTH].encode("utf-8", "replace").decode()
    plain = line.isascii() and "=?" not in line
    if plain and len(line) <= _UNFOLDED_SUBJECT_LENGTH:
        return line
    return Header(line, "us-ascii" if plain else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _from(sender: Address) -> bytes:
    # The sender is a setting, not anybody's name: the policy may fold it.
    _, header = SMTP.header_store_parse("From", str(sender))
    return SMTP.fold_binary("From", header)


def _one_word(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("an address or a Message-ID is one word of ASCII")
    return value


def encoded(text: str) -> bytes:
    """What the text part encodes."""
    return text.encode("utf-8", "replace")


def entities(html: str) -> bytes:
    """What the HTML part encodes: each character that is not ASCII as a number, which every reader knows."""
    return html.encode("ascii", "xmlcharrefreplace")


def _part(subtype: str, text: bytes) -> bytes:
    lines = unix_lines(text)
    as_it_is = goes_as_it_is(lines)
    return part_head(subtype, as_it_is=as_it_is) + dos_lines(lines if as_it_is else binascii.b2a_qp(lines)) + b"\r\n"


def unix_lines(text: bytes) -> bytes:
    """Lines as they are here; a carriage return of its own would pass as it is."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b" ")


def dos_lines(text: bytes) -> bytes:
    """Lines as they are in a mail."""
    return text.replace(b"\n", b"\r\n")


def goes_as_it_is(lines: bytes) -> bool:
    """Whether a part needs no encoding."""
    longest = max(map(len, lines.split(b"\n")))
    return lines.isascii() and longest <= MAX_LINE_BYTES and BOUNDARY.encode() not in lines


def part_head(subtype: str, *, as_it_is: bool) -> bytes:
    """What stands before a part."""
    return (
        f"--{BOUNDARY}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {'7bit' if as_it_is else 'quoted-printable'}\r\n\r\n"
    ).encode()


@lru_cache(2)
def _date(at: datetime) -> str:
    return format_datetime(at)


_CONSTANT = (
    "MIME-Version: 1.0\r\n"
    "Auto-Submitted: auto-generated\r\n"
    f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'
).encode()
_END = f"--{BOUNDARY}--\r\n".encode()


def _broken(html: str) -> str:
    # It comes as one line, longer than a mail's may be. Within a tag, and between a table's, a line may end unseen.
    # Nor does one begin with a dot, which would have to be doubled: between a style sheet's rules a blank says nothing.
    broken = html.replace('" style="', '"\nstyle="').replace("</td></tr>", "</td>\n</tr>")
    return broken.replace("\n.", "\n .")


def _html_template() -> Template:
    # No web fonts: a mail that is opened fetches nothing, and so tells nobody that it was opened.
    options = mrml.RenderOptions(disable_comments=False, fonts={})
    found = mrml.to_html((_TEMPLATES / "mail.mjml").read_text(encoding="utf-8"), render_options=options)
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_broken(found.content))


def _text_template() -> Template:
    source = (_TEMPLATES / "mail.txt").read_text(encoding="utf-8")
    # Nothing to escape in plain text; `finalize` keeps a name from starting lines of its own.
    environment = Environment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_in_line
    )
    return environment.from_string(source)


def _in_line(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value
