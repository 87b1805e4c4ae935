"""Date formats: times in the reader's zone. The browser tells it by a cookie; until then it puts them right itself."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from services.upload.web.texts import Texts

ZONE_COOKIE = "zone"
_NAME = re.compile(r"[A-Za-z0-9+_-]{1,32}(/[A-Za-z0-9+_-]{1,32}){0,2}")


def zone_named(name: str | None) -> ZoneInfo:
    """The time zone of that name as the IANA database has it; UTC for none and for a name that is not one."""
    if name and _NAME.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            pass
    return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class DateFormats:
    """How times are said to one reader: `now` decides what is today."""

    texts: Texts
    zone: ZoneInfo
    now: datetime

    def moment(self, at: datetime) -> Markup:
        """Day and time, as `<time>`: "today at 09:42", "20 Nov, 16:20"."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        clock = f"{local:%H:%M}"
        if local.date() == today:
            said = self.texts("time.today", clock=clock)
        elif local.date() == today - timedelta(days=1):
            said = self.texts("time.yesterday", clock=clock)
        else:
            form = "this_year" if local.year == today.year else "other_year"
            said = self.texts(
                f"time.{form}", day=local.day, month=self._month(local), year=str(local.year), clock=clock
            )
        return self._element(at, said, "moment")

    def day(self, at: datetime) -> Markup:
        """The day alone, as `<time>`: "18 Nov", "3 Nov 2025"."""
        local = at.astimezone(self.zone)
        form = "day_this_year" if local.year == self.now.astimezone(self.zone).year else "day_other_year"
        said = self.texts(f"time.{form}", day=local.day, month=self._month(local), year=str(local.year))
        return self._element(at, said, "day")

    def calendar_day(self, on: date) -> str:
        """A day of the calendar, which is the same everywhere: "31 Dec 2026"."""
        return str(self.texts("time.day_other_year", day=on.day, month=self._month(on), year=str(on.year)))

    def _month(self, local: date) -> str:
        return str(self.texts("time.months")).split()[local.month - 1]

    def _element(self, at: datetime, said: str, kind: str) -> Markup:
        stamp = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return Markup('<time datetime="{}" data-as="{}">{}</time>').format(stamp, kind, said)
