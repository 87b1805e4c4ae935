"""Dates and times as a cell shows them. Month and day names are English, as the codes themselves are."""

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

ISO_DATE, ISO_TIME, ISO_DATE_TIME = "yyyy-mm-dd", "hh:mm:ss", "yyyy-mm-dd hh:mm"

_LAST_DAY = 2_958_465  # 9999-12-31
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LEAP_DAY = 60  # Excel's 1900-02-29, which never was; days before it count from one later

_CALENDARS = ("gregorian", "japanese", "gannen", "minguo")
_ERAS = (
    (date(2019, 5, 1), "R", "令和"),
    (date(1989, 1, 8), "H", "平成"),
    (date(1926, 12, 25), "S", "昭和"),
    (date(1912, 7, 30), "T", "大正"),
    (date(1868, 1, 25), "M", "明治"),
)
_WEEKDAYS = "月火水木金土日"
_MINGUO, _BUDDHIST = 1911, -543

Token = tuple[str, str]


def shows_date(tokens: Sequence[Token]) -> bool:
    return any(kind in ("date", "elapsed", "system", *_CALENDARS) for kind, _ in tokens)


def calendar_of(locale: str, has_era: bool) -> str:
    """The calendar of the letters g and e, by the locale of a format code (a number in hexadecimal, or a name)."""
    if locale.startswith("ZH-TW") or locale[-4:].lstrip("0") == "404":
        return "minguo"
    if locale.endswith("X-GANNEN"):
        return "gannen"
    japanese = locale.startswith("JA") or locale[-4:].lstrip("0") == "411"
    return "japanese" if japanese or has_era else "gregorian"


def render_date(tokens: Sequence[Token], serial: float, date1904: bool) -> str | None:
    """The moment that a day number means; None where it means none (Excel shows ####)."""
    if not 0 <= serial < _LAST_DAY + 1:
        return None
    places = _second_places(tokens)
    seconds = round(serial * 86_400, places)
    day, rest = divmod(seconds, 86_400)
    start = _EPOCH_1904 if date1904 else _EPOCH + timedelta(days=day < _LEAP_DAY)
    try:
        moment = start + timedelta(days=day, seconds=rest)
    except OverflowError:
        return None
    if system := next((text for kind, text in tokens if kind == "system"), None):  # whatever else the code says
        return moment.strftime("%Y-%m-%d" if system == ISO_DATE else "%H:%M:%S")
    half_days = any(kind == "date" and text.upper() in ("AM/PM", "A/P") for kind, text in tokens)
    return "".join(_part(tokens, at, moment, seconds, half_days) for at in range(len(tokens))).strip()


def moment_of(iso: str) -> datetime | time | None:
    """The moment in an ISO 8601 text, without a zone (with one: in UTC); None where there is none.

    A time on the day before the first is a time alone: so programs write it that know no other.
    """
    try:
        moment = datetime.fromisoformat(iso)
        moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        return moment.time() if "T" in iso and moment.date() == _EPOCH.date() else moment
    except OverflowError:
        return None
    except ValueError:
        pass
    try:
        return time.fromisoformat(iso).replace(tzinfo=None) if ":" in iso else None  # 2024 is no time
    except ValueError:
        return None


def serial_of(moment: datetime | time, date1904: bool) -> float | None:
    """The day number of a moment, of a time the share of a day; None before the first day that a sheet knows."""
    if isinstance(moment, time):
        return (datetime.combine(_EPOCH, moment) - _EPOCH) / timedelta(days=1)
    days = (moment - (_EPOCH_1904 if date1904 else _EPOCH)) / timedelta(days=1)
    if not date1904 and days <= _LEAP_DAY:
        days -= 1
    return days if days >= 0 else None


def _second_places(tokens: Sequence[Token]) -> int:
    """Digits behind the point of the seconds: ss.000 has three."""
    return sum(kind == "digit" for kind, _ in tokens)


def _part(tokens: Sequence[Token], at: int, moment: datetime, seconds: float, half_days: bool) -> str:
    kind, text = tokens[at]
    match kind:
        case "elapsed":
            return f"{int(seconds // {'h': 3600, 'm': 60, 's': 1}[text[0]]):0{len(text)}d}"
        case "date":
            return _field("n" * len(text) if _is_minute(tokens, at) else text, moment, half_days)
        case "digit":
            nth = sum(earlier == "digit" for earlier, _ in tokens[:at])
            return f"{moment.microsecond:06d}"[nth] if nth < 6 else "0"
        case calendar if calendar in _CALENDARS:
            return _of_era(text.lower(), moment.date(), calendar)
        case _:
            return text


def _of_era(code: str, day: date, calendar: str) -> str:
    """g → R, gg → 令, ggg → 令和, e → 6, ee → 06; aaa → 火, aaaa → 火曜日; bbbb → the Buddhist year."""
    first, letter, name = next(era for era in _ERAS if day >= era[0])
    match code[0], len(code):
        case "g", length:
            return "民國" if calendar == "minguo" else letter if length == 1 else name[: length - 1]
        case "a", length:
            return _WEEKDAYS[day.weekday()] + ("曜日" if length > 3 else "")
        case "b", length:
            year = day.year - _BUDDHIST
            return f"{year:04d}" if length > 2 else f"{year % 100:02d}"
        case _, length:
            if calendar == "gregorian":
                return str(day.year)
            year = day.year - (_MINGUO if calendar == "minguo" else first.year - 1)
            return "元" if calendar == "gannen" and year == 1 else f"{year:0{min(length, 2)}d}"


def _is_minute(tokens: Sequence[Token], at: int) -> bool:
    """`m` is a minute behind an hour and before a second, else a month."""
    if tokens[at][1][0] not in "mM":
        return False
    clock = [index for index, (kind, _) in enumerate(tokens) if kind in ("date", "elapsed")]
    position = clock.index(at)
    before = tokens[clock[position - 1]][1][0].lower() if position else ""
    after = tokens[clock[position + 1]][1][0].lower() if position + 1 < len(clock) else ""
    return before == "h" or after == "s"


def _field(code: str, moment: datetime, half_days: bool) -> str:
    hour = (moment.hour % 12 or 12) if half_days else moment.hour
    match code[0].lower(), len(code):
        case "y", length:
            return f"{moment.year:04d}" if length > 2 else f"{moment.year % 100:02d}"
        case "m", length:
            return _named(moment.month, length, calendar.month_name[moment.month])
        case "d", length:
            return _named(moment.day, length, calendar.day_name[moment.weekday()])
        case "a", length:
            name = "AM" if moment.hour < 12 else "PM"
            return name if length > 3 else name[0]
        case letter, length:
            return f"{ {'h': hour, 'n': moment.minute}.get(letter, moment.second):0{min(length, 2)}d}"


def _named(number: int, length: int, name: str) -> str:
    """1 → "1", 2 → "01", 3 → "Jan", 5 → "J", else "January"."""
    match length:
        case 1 | 2:
            return f"{number:0{length}d}"
        case 3:
            return name[:3]
        case 5:
            return name[0]
        case _:
            return name
