"""Numbers as a cell shows them: Excel's number format codes (ECMA-376 part 1, 18.8.30 and 18.8.31).

What depends on the reader's locale (the short date, the system's time) is given as ISO. Fractions ("# ?/?") are given
as General, and General with up to 15 digits, as the formula bar shows it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from services.validation.formats.reading.date_format import (
    ISO_DATE,
    ISO_DATE_TIME,
    ISO_TIME,
    Token,
    calendar_of,
    render_date,
    shows_date,
)

GENERAL = "General"
BUILT_IN: dict[int, str] = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"},
    **{14: ISO_DATE, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM"},
    **{20: "h:mm", 21: "h:mm:ss", 22: ISO_DATE_TIME, 37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)"},
    **{39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)"},
    41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_($* #,##0_);_($* (#,##0);_($* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)',
    **{45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0"},
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), ISO_DATE),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), ISO_TIME),
}
"""By numFmtId, those that no workbook spells out, as an English Excel has them; all others count as General."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|(?P<space>_.)|(?P<fill>\*.)|\[(?P<bracket>[^\[\]]*)\]|(?P<general>General)'
    r"|(?P<date>(?i:AM/PM|A/P)|[yY]+|[mM]+|[dD]+|[hH]+|[sS]+)|(?P<era>[gG]+|[aA]{3,4}|[bB]{2,4})|(?P<digit>[0#?])|(?P<point>\.)"
    r"|(?P<comma>,)|(?P<percent>%)|(?P<power>[eE][+-])|(?P<year>[eE]{1,4})|(?P<slash>/)|(?P<text>@)|(?P<plain>.)",
    re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)$")
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
_DIGITS = Context(prec=15)  # what a cell keeps of a number, and all that is shown of it


@dataclass(frozen=True, slots=True)
class Section:
    """One of the parts that a format code has between its semicolons."""

    tokens: Sequence[Token]
    condition: tuple[str, Decimal] | None

    def holds(self, number: Decimal) -> bool:
        """Whether the section has a condition, and the number meets it."""
        return self.condition is not None and _COMPARE[self.condition[0]](number, self.condition[1])


def renderer(code: str, date1904: bool = False) -> Callable[[str], str]:
    """A function from the number as stored in the sheet to its text. Raises ValueError for what is no number."""
    if is_general(code):
        return general
    sections = [_section(part) for part in _split(code)]
    if len(sections) > 1 and any(kind == "text" for kind, _ in sections[-1].tokens):
        sections.pop()  # it is for texts

    @lru_cache(maxsize=65536)
    def render(stored: str) -> str:
        number = Decimal(general_number(stored)).normalize(_DIGITS)
        section, number = _choose(sections, number)
        kinds = {kind for kind, _ in section.tokens}
        if shows_date(section.tokens):
            return render_date(section.tokens, float(stored), date1904) or general(stored)
        if "slash" in kinds and "digit" in kinds:
            return general(stored)
        if "general" in kinds:
            return "".join(general(str(number)) if kind == "general" else text for kind, text in section.tokens)
        return _number(section.tokens, number).strip()

    return render


@lru_cache(maxsize=1024)
def around_text(code: str) -> tuple[str, str] | None:
    """What a format puts before and behind a text: of "Dr. "@ the title. None where nobody sees any of it."""
    if "@" not in code or code == "@":
        return None
    tokens = _section(_split(code)[-1]).tokens
    at = next((at for at, (kind, _) in enumerate(tokens) if kind == "text"), None)
    if at is None:
        return None
    before, behind = ("".join(text for kind, text in part if kind == "literal") for part in (tokens[:at], tokens[at:]))
    return (before, behind) if (before + behind).strip() else None


def is_general(code: str) -> bool:
    """Whether a format changes nothing."""
    return code.lower() in ("general", "@", "")


def general(stored: str) -> str:
    """A number without a format: 1234.0 → 1234, 0.30000000000000004 → 0.3."""
    if stored.isdigit() and len(stored) <= 15:
        return str(int(stored))
    text = format(float(general_number(stored)), ".15g")
    mantissa, e, power = text.partition("e")
    return f"{mantissa}E{int(power):+03d}" if e else "0" if text == "-0" else text


def general_number(stored: str) -> str:
    """The stored number, trimmed; ValueError unless it is a finite one."""
    if float(stored) - float(stored) != 0:
        raise ValueError
    return stored.strip()


def _split(code: str) -> list[str]:
    """At the semicolons that are not quoted, escaped or in brackets."""
    parts = [""]
    for token in _TOKEN.finditer(code):
        if token["plain"] == ";":
            parts.append("")
        else:
            parts[-1] += token[0]
    return parts


def _section(part: str) -> Section:
    condition: tuple[str, Decimal] | None = None
    tokens, locale = list[Token](), ""
    for token in _TOKEN.finditer(part):
        kind = token.lastgroup or "quoted"
        text = token[kind] or ""
        if kind == "bracket":
            if found := _CONDITION.match(text):
                condition = found[1], Decimal(found[2])
                continue
            locale = locale or _locale(text)
            kind, text = _bracket(text)
        match kind:
            case "quoted" | "escaped" | "plain":
                tokens.append(("literal", text))
            case "space":
                tokens.append(("literal", " "))
            case "fill":
                pass
            case "year":
                tokens.append(("era", text))
            case _:
                tokens.append((kind, text))
    return Section(_with_eras(tokens, locale), condition)


def _with_eras(tokens: Sequence[Token], locale: str) -> list[Token]:
    """The letters of eras (g, e), weekdays (aaa) and Buddhist years (bb) as such where the code speaks of dates at all;
    in "0 kg" they are letters."""
    letters = {text[0].lower() for kind, text in tokens if kind == "era"}
    dates = locale or {"g", "e"} <= letters or any(kind == "date" for kind, _ in tokens)
    calendar = calendar_of(locale, "g" in letters)
    return [(calendar if dates else "literal", text) if kind == "era" else (kind, text) for kind, text in tokens]


def _bracket(text: str) -> Token:
    """[h] is elapsed time, [$€-407] a currency, [$-F800] the system's date; colours are not text."""
    lowered = text.lower()
    if lowered and set(lowered) in ({"h"}, {"m"}, {"s"}):
        return "elapsed", lowered
    if text.startswith("$"):
        symbol = text[1:].partition("-")[0]
        match _locale(text):
            case "F800" | "X-SYSDATE":
                return "system", ISO_DATE
            case "F400" | "X-SYSTIME":
                return "system", ISO_TIME
            case _:
                return "literal", symbol
    return "literal", ""


def _locale(text: str) -> str:
    """What a bracket says of the locale: 407 or DE-DE, behind a currency or alone."""
    return text[1:].partition("-")[2].upper() if text.startswith("$") else ""


def _choose(sections: Sequence[Section], number: Decimal) -> tuple[Section, Decimal]:
    """The section for a number, and the number as that section shows it: without its sign where the section says it."""
    for position, section in enumerate(sections[:3]):
        if section.holds(number):
            return section, abs(number) if position else number
    if any(section.condition for section in sections):
        return sections[-1], number
    if number == 0 and len(sections) >= 3:
        return sections[2], number
    if number < 0 and len(sections) >= 2:
        return sections[1], abs(number)
    return sections[0], number


def _number(tokens: Sequence[Token], number: Decimal) -> str:
    if not any(kind == "digit" for kind, _ in tokens):
        sign = "-" if number < 0 and tokens else ""
        return sign + "".join(general(str(number)) if kind == "text" else text for kind, text in tokens)
    if any(kind == "power" for kind, _ in tokens):
        return _scientific(tokens, number)
    tokens, thousands, scale = _commas(tokens)
    scale += sum(2 for kind, _ in tokens if kind == "percent")
    point = next((at for at, (kind, _) in enumerate(tokens) if kind == "point"), len(tokens))
    places = sum(kind == "digit" for kind, _ in tokens[point:])
    shown = abs(number.scaleb(scale)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400))
    whole, _, fraction = format(shown, "f").partition(".")
    sign = "-" if number < 0 and shown else ""
    return sign + _whole(tokens[:point], whole.lstrip("0"), thousands) + _fraction(tokens[point:], fraction)


def _commas(tokens: Sequence[Token]) -> tuple[list[Token], bool, int]:
    """A comma between digits groups by thousands, one behind the last digit divides by a thousand."""
    digits = [at for at, (kind, _) in enumerate(tokens) if kind == "digit"]
    point = next((at for at, (kind, _) in enumerate(tokens) if kind == "point"), len(tokens))
    before = [at for at in digits if at < point] or digits
    commas = [at for at, (kind, _) in enumerate(tokens) if kind == "comma"]
    grouping = [at for at in commas if before[0] < at < before[-1]]
    scaling = [at for at in commas if at > before[-1] and (at < point or at > digits[-1])]
    kept = [token for token in tokens if token[0] != "comma"]
    return kept, bool(grouping), -3 * len(scaling)


def _whole(tokens: Sequence[Token], digits: str, thousands: bool) -> str:
    """The digits put on their places from the right; the first place takes all that are left."""
    places = sum(kind == "digit" for kind, _ in tokens)
    out, used, left = list[str](), 0, places
    for kind, text in reversed(tokens):
        if kind != "digit":
            out.append(text)
            continue
        left -= 1
        taken = _take(digits, used, left == 0) or {"0": "0", "?": " "}.get(text, "")
        for digit in reversed(taken):
            out.append("," if thousands and used and used % 3 == 0 and digit != " " else "")
            out.append(digit)
            used += 1
    return "".join(reversed(out))


def _take(digits: str, used: int, all_left: bool) -> str:
    """The next digit from the right, or all that are left."""
    rest = digits[: len(digits) - used] if used < len(digits) else ""
    return rest if all_left else rest[-1:]


def _fraction(tokens: Sequence[Token], digits: str) -> str:
    """The digits behind the point put on their places; `#` shows no closing zero."""
    last = len(digits.rstrip("0"))
    out, used = list[str](), 0
    for kind, text in tokens:
        if kind != "digit":
            out.append(text)
            continue
        shown = text == "0" or used < last
        out.append(digits[used] if shown else " " if text == "?" else "")
        used += 1
    return "".join(out)


def _scientific(tokens: Sequence[Token], number: Decimal) -> str:
    at = next(index for index, (kind, _) in enumerate(tokens) if kind == "power")
    point = next((index for index, (kind, _) in enumerate(tokens[:at]) if kind == "point"), at)
    places = sum(kind == "digit" for kind, _ in tokens[point:at])
    least = sum(kind == "digit" for kind, _ in tokens[at:])
    step = sum(kind == "digit" for kind, _ in tokens[:point]) or 1  # ##0.0E+0 shows powers of a thousand
    mantissa, power = _mantissa(number, places, step)
    if abs(mantissa) >= 10**step:  # it was rounded up to one digit more
        mantissa, power = _mantissa(Decimal(1).scaleb(power + step).copy_sign(number), places, step)
    sign = "-" if power < 0 else "+" if tokens[at][1].endswith("+") else ""
    return f"{mantissa:f}E{sign}{abs(power):0{least}d}"


def _mantissa(number: Decimal, places: int, step: int) -> tuple[Decimal, int]:
    """With that many places, and the power, a multiple of `step`."""
    number = number or Decimal()
    power = number.adjusted() // step * step
    return number.scaleb(-power).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400)), power
