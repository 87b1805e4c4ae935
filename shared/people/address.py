"""E-mail addresses: which are valid, when two are the same one, which domains are slips of others.

Valid is what the `email-validator` package says without asking DNS, with an ASCII local part, unquoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import DOT_ATOM_TEXT, EMAIL_MAX_LENGTH
from rapidfuzz.distance import OSA

from shared.people.text import clean_address, fold

# Where people's addresses are, and the real domains one slip away from these: nobody is told that theirs is a slip.
_WELL_KNOWN = """
aol.com btinternet.com comcast.net fastmail.com gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hotmail.co.uk
hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it icloud.com laposte.net libero.it live.com mail.ru orange.fr
outlook.com outlook.de outlook.es outlook.fr outlook.it outlook.jp proton.me protonmail.ch protonmail.com t-online.de
verizon.net wanadoo.fr web.de yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.es yahoo.fr
yahoo.it yandex.com yandex.ru zoho.com
"""
WELL_KNOWN = frozenset(_WELL_KNOWN.split())
_REAL_NEIGHBOURS = frozenset(("email.com", "mail.com", "ymail.com", "gmx.com", "five.com"))
# A shorter one has too many honest neighbours: ge.com and me.com, web.de and wel.de.
_SHORTEST_GUESSED = 7


@dataclass(frozen=True, slots=True)
class Address:
    """A valid address: `text` as it is shown and mailed, `key` as it is compared, `domain` in its ASCII form."""

    text: str
    key: str
    domain: str


@lru_cache(maxsize=4096)
def _domain_forms(domain: str) -> tuple[str, str] | None:
    """The domain as shown and in ASCII, None for one that can't follow an @. Remembered: a file has few domains."""
    try:
        found = validate_email("a@" + domain, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return found.domain, found.ascii_domain


def parse(text: str) -> Address | None:
    """The address in a text that `clean_address` has cleaned, None where it is none.

    Equal to asking email-validator for each whole address (a test says so), but it is asked once a domain: asking it
    10,000 times takes a third of a second.
    """
    local, at, domain = text.partition("@")
    if not at or len(text) > EMAIL_MAX_LENGTH or not DOT_ATOM_TEXT.match(local):
        return None
    forms = _domain_forms(domain)
    if forms is None:
        return None
    shown, ascii_domain = forms
    if len(local) + 1 + max(len(ascii_domain), len(shown.encode()), len(domain.encode())) > EMAIL_MAX_LENGTH:
        return None
    shown, key = f"{local}@{shown}", f"{local.lower()}@{ascii_domain}"
    # Most are written as they are compared: one text instead of three, of 150,000 addresses.
    text = text if text == shown else shown
    return Address(text, text if text == key else key, ascii_domain)


def compare_form(text: str) -> str:
    """What two spellings of one address have in common: case, Unicode form and the form of the domain don't count.

    A text that is no address comes back folded, so that a look-up by it finds nothing instead of failing.
    """
    text = clean_address(text)
    address = parse(text)
    return address.key if address else fold(text)


def domain_key(text: str) -> str:
    """A domain as a company sets it ("@Northwind.example" too), in the ASCII form in which domains are compared."""
    domain = clean_address(text).lstrip("@")
    forms = _domain_forms(domain)
    return forms[1] if forms else fold(domain)


def near_domain(domain: str, known: Iterable[str], slips: int = 1) -> str | None:
    """The known domain that is at most `slips` slips (a letter wrong, missing, too many, or two swapped) away."""
    best, fewest = None, slips + 1
    for other in known:
        if abs(len(other) - len(domain)) <= slips:
            distance = OSA.distance(domain, other, score_cutoff=slips)
            if distance < fewest:
                best, fewest = other, distance
    return best


@lru_cache(maxsize=4096)
def typo_of(domain: str, own: frozenset[str]) -> str | None:
    """What `domain` is probably a slip of: one of the company's own or a well-known one; None when it is real."""
    if domain in own or domain in WELL_KNOWN or domain in _REAL_NEIGHBOURS:
        return None
    famous = (known for known in sorted(WELL_KNOWN) if len(known) >= _SHORTEST_GUESSED)
    return near_domain(domain, sorted(own)) or near_domain(domain, famous)
