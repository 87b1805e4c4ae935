"""Days in an address, as the filters of lists have them."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def read_day(text: str) -> date | None:
    """The day that it says; None where it makes no sense."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def beginning(day: date | None, zone: ZoneInfo) -> datetime | None:
    """When it begins in that zone."""
    return datetime.combine(day, time(), zone) if day else None
