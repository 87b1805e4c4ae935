"""Every word that people read stands in the catalogue, and nothing stands there that nobody reads."""

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from services.upload.web import texts as module
from services.upload.web.texts import Texts

WEB = Path(module.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
WORDS = Texts.load()
_KEY = re.compile(r"""(?:\bt|\btexts|known)\(\s*f?["']([\w.{}]+)["'](\s*~)?(\s*\w+\s*~\s*["'](\w+)["'])?""")
_NAMED = re.compile(r"""["']([a-z_]+\.[a-z_]+)["']""")


def _used() -> tuple[set[str], set[str]]:
    """Keys that are written out, and the beginnings of those that are put together."""
    whole, begun = set[str](), set[str]()
    for path in [*TEMPLATES, *WEB.rglob("*.py")]:
        text = path.read_text()
        for key, joined, *_ in _KEY.findall(text):
            (begun if joined or "{" in key else whole).add(key.partition("{")[0])
        whole |= {key for key in _NAMED.findall(text) if key in WORDS}
    return whole, begun


def test_every_key_that_is_used_is_in_the_catalogue() -> None:
    whole, begun = _used()
    assert not {key for key in whole if key not in WORDS and "." in key}
    assert not {start for start in begun if not any(key.startswith(start) for key in WORDS)}


def test_every_entry_of_the_catalogue_is_used() -> None:
    whole, begun = _used()
    assert not [key for key in WORDS if key not in whole and not key.startswith(tuple(begun))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<title>.*?</title>", " ", path.read_text(), flags=re.S)
    assert not re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", text))


def test_one_and_many_are_said_apart() -> None:
    assert WORDS("seats.available", n=1) == "1 license available"
    assert WORDS("seats.available", n=1200) == "1,200 licenses available"


def test_what_fills_a_place_is_escaped() -> None:
    said = WORDS("join.title", company="<b>Northwind</b>")
    assert said == "Join &lt;b&gt;Northwind&lt;/b&gt;"
    assert WORDS("join.title", company=Markup("A<wbr>B")) == "Join A<wbr>B"


def test_what_has_no_words_yet_falls_back() -> None:
    assert WORDS.known("plan.galactic", "plan.other") == "individual"
