"""What a cell shows of a number; expected texts are Excel's own, but for what is said to be given as ISO."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.validation.formats.reading.number_format import BUILT_IN, general, renderer

SHOWN = [
    ("General", "1234.0", "1234"),
    ("General", "0.30000000000000004", "0.3"),
    ("General", "123456789012345", "123456789012345"),
    ("General", "1E+20", "1E+20"),
    ("General", "-0", "0"),
    ('General "kg"', "5", "5 kg"),
    ("@", "42", "42"),
    ("0000", "42", "0042"),
    ("00000", "1234567", "1234567"),
    ("0.00", "3.14159", "3.14"),
    ("0.000", "2.0005", "2.001"),
    ("0.##", "1.5", "1.5"),
    ("0.#", "1", "1."),
    ("#", "0", ""),
    ("#,##0", "1234567", "1,234,567"),
    ("#,##0.00", "-1234.5", "-1,234.50"),
    ("#,##0,", "1234567", "1,235"),
    ("0,000", "5", "0,005"),
    ("0%", "0.256", "26%"),
    ("0.0%", "0.256", "25.6%"),
    ("0.00E+00", "12345", "1.23E+04"),
    ("000-00-0000", "123456789", "123-45-6789"),
    ("(000) 000-0000", "5551234567", "(555) 123-4567"),
    ('"ID-"000', "7", "ID-007"),
    ('#,##0.00 "€"', "1234.5", "1,234.50 €"),
    ("[$€-407] #,##0", "1234", "€ 1,234"),
    ("_-* #,##0.00_-;-* #,##0.00_-", "-5", "-5.00"),
    ('0;(0);"none"', "0", "none"),
    ("0;(0)", "-4", "(4)"),
    ("[<100]0;[>=100]0.0", "150", "150.0"),
    ("[Red]0", "5", "5"),
    ("yyyy-mm-dd", "45292", "2024-01-01"),
    ("dd/mm/yyyy hh:mm", "45292.5", "01/01/2024 12:00"),
    ("d-mmm-yy", "45292", "1-Jan-24"),
    ("dddd, mmmm d", "45292", "Monday, January 1"),
    ("[$-F800]dddd, mmmm dd, yyyy", "45292", "2024-01-01"),
    ("yyyy-mm-dd hh:mm:ss", "45292.999988426", "2024-01-01 23:59:59"),
    ("h:mm AM/PM", "0.75", "6:00 PM"),
    ("[h]:mm:ss", "1.5", "36:00:00"),
    ("mm:ss.0", "0.0000116", "00:01.0"),
    ("[$-x-sysdate]dddd, mmmm dd, yyyy", "45292", "2024-01-01"),
    ("[$-de-DE]yyyy", "45292", "2024"),
    (BUILT_IN[37], "1234.5", "1,235"),
    (BUILT_IN[37], "-1234.5", "(1,235)"),
    (BUILT_IN[38], "-1234.5", "(1,235)"),
    (BUILT_IN[39], "1234.5", "1,234.50"),
    (BUILT_IN[40], "-1234.5", "(1,234.50)"),
    (BUILT_IN[41], "1234.5", "1,235"),
    (BUILT_IN[41], "-1234.5", "(1,235)"),
    (BUILT_IN[41], "0", "-"),
    (BUILT_IN[42], "1234.5", "$1,235"),
    (BUILT_IN[42], "-1234.5", "$(1,235)"),
    (BUILT_IN[42], "0", "$-"),
    (BUILT_IN[43], "1234.5", "1,234.50"),
    (BUILT_IN[43], "0", "-"),
    (BUILT_IN[44], "-1234.5", "$(1,234.50)"),
    ('[$-411]ggge"年"m"月"d"日";@', "45356", "令和6年3月5日"),
    ('ggge"年"m"月"d"日"', "45356", "令和6年3月5日"),
    ("[$-411]ge.m.d", "45356", "R6.3.5"),
    ("[$-411]gge.mm.dd", "43585", "平31.04.30"),
    ("[$-ja-JP]gggee", "43586", "令和01"),
    ("[$-ja-JP-x-gannen]ggge年", "43586", "令和元年"),
    ("[$-411]ggge年m月", "32515", "昭和64年1月"),
    ("[$-411]yyyy/m/d(aaa)", "45356", "2024/3/5(火)"),
    ("[$-411]aaaa", "45356", "火曜日"),
    ("[$-404]e/m/d", "45356", "113/3/5"),
    ("[$-409]e", "45356", "2024"),
    ("bbbb/m", "45356", "2567/3"),
    ('0 "kg"', "5", "5 kg"),
    ("0 kg", "5", "5 kg"),
    ("dd/mm/yyyy hh:mm:ss.000", "45356.5", "05/03/2024 12:00:00.000"),
    ("m/d/yy h:mm:ss.0", "45356.75", "3/5/24 18:00:00.0"),
    ("hh:mm:ss.000", "45356.50000115741", "12:00:00.100"),
    ("h:mm am/pm", "0.75", "6:00 PM"),
    ("d/m/yyyy h:mm a/p", "45356.25", "5/3/2024 6:00 A"),
    ("0.00E+00", "0", "0.00E+00"),
    ("0.00E+00", "-0", "0.00E+00"),
    ("0.0E+0", "1.25", "1.3E+0"),
    ("0.0E+0", "9.96", "1.0E+1"),
    (BUILT_IN[48], "12345", "12.3E+3"),
    (BUILT_IN[48], "-0.05", "-50.0E-3"),
    (BUILT_IN[48], "999960", "1.0E+6"),
    (BUILT_IN[48], "0", "0.0E+0"),
    ("0.00;@", "-3", "-3.00"),
    ("[>=1000]0;0.0;@", "5", "5.0"),
    ("yyyy-mm-dd", "-1", "-1"),
    ("yyyy-mm-dd", "3000000", "3000000"),
    ("yyyy-mm-dd", "1", "1900-01-01"),
]


@pytest.mark.parametrize(("code", "stored", "shown"), SHOWN)
def test_a_number_is_shown_by_its_format(code: str, stored: str, shown: str) -> None:
    assert renderer(code)(stored) == shown


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    assert renderer("yyyy-mm-dd", date1904=True)("43830") == "2024-01-01"


@pytest.mark.parametrize("stored", ["", "abc", "nan", "inf", "1e999"])
def test_what_is_no_number_is_refused(stored: str) -> None:
    with pytest.raises(ValueError):  # float and our own check both say just that
        renderer("0.00")(stored)


@given(st.text(max_size=20), st.floats(allow_nan=False, allow_infinity=False))
def test_no_format_code_brings_it_down(code: str, number: float) -> None:
    with suppress(ValueError, ArithmeticError):  # the reader then takes the number as it is stored
        assert isinstance(renderer(code)(repr(number)), str)


@given(st.sampled_from(sorted(set(BUILT_IN.values()))), st.floats(min_value=0, max_value=2e6))
def test_the_built_in_formats_show_every_ordinary_number(code: str, number: float) -> None:
    assert renderer(code)(repr(number))


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_whole_numbers_keep_every_digit(number: int) -> None:
    assert general(str(number)) == general(f"{number}.0") == str(number)
