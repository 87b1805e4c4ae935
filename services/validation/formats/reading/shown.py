"""What a cell shows of a number or a moment, by its style."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.validation.formats.reading import number_format
from services.validation.formats.reading.date_format import moment_of, serial_of

_LONGEST_INDEX = 10


class Shown:
    """The cell styles of one workbook. `codes`: the number format code of each; a style that is not there counts as
    General."""

    def __init__(self, codes: Sequence[str], date1904: bool) -> None:
        self._codes, self._date1904 = codes, date1904
        self._renderers = dict[str, Callable[[str], str]]()
        self._around = {str(at): found for at, code in enumerate(codes) if (found := number_format.around_text(code))}

    def text(self, style: str, stored: str) -> str:
        """A text with what the format puts around it; a blank one stays blank."""
        if style not in self._around or not stored or stored.isspace():
            return stored
        before, behind = self._around[style]
        return before + stored + behind

    def number(self, style: str, stored: str) -> str:
        """The text of a number as it is stored. Raises ValueError or ArithmeticError for what is none."""
        found = self._renderers.get(style)
        if found is None:
            found = self._renderers[style] = number_format.renderer(self._code(style), self._date1904)
        return found(stored)

    def moment(self, style: str, iso: str) -> str:
        """The text of a date or time that is stored as ISO text: in the style's format, as for a number. In a format
        that knows no dates it stays a date. What is none is given as it stands."""
        moment = moment_of(iso.strip())
        serial = moment and serial_of(moment, self._date1904)
        if moment is None or serial is None:
            return iso
        if number_format.is_general(self._code(style)):
            if not isinstance(moment, datetime):
                return moment.isoformat("seconds")
            return moment.strftime("%Y-%m-%d") if serial == int(serial) else moment.isoformat(" ", "seconds")
        return self.number(style, repr(serial))

    def _code(self, style: str) -> str:
        at = int(style) if style.isdecimal() and len(style) < _LONGEST_INDEX else 0
        return self._codes[at] if at < len(self._codes) else number_format.GENERAL
