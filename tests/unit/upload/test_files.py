"""File names on their way in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.upload.formats.file_names import disposition, harmless


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("q3.xlsx", "q3.xlsx"),
        ("C:\\Users\\ada\\q3.xlsx", "q3.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("  Über “Q3” 👩‍💼.xlsx ", "Über “Q3” 👩💼.xlsx"),
        ("a\r\nSet-Cookie: x=1.xlsx", "aSet-Cookie: x=1.xlsx"),
        ("xslx.\u202exe", "xslx.xe"),
        ("", "workbook.xlsx"),
        ("/", "workbook.xlsx"),
        ("n" * 300 + ".xlsx", "n" * 195 + ".xlsx"),
    ],
)
def test_a_name_is_kept_without_what_could_do_harm(sent: str, kept: str) -> None:
    assert harmless(sent) == kept


@given(st.text())
def test_no_name_breaks_the_header(name: str) -> None:
    kept = harmless(name)
    assert 0 < len(kept) <= 200
    header = disposition(kept)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_both_spellings_of_a_name_are_said() -> None:
    assert disposition('Q3 "é".xlsx') == "attachment; filename=\"Q3 ___.xlsx\"; filename*=UTF-8''Q3%20%22%C3%A9%22.xlsx"
