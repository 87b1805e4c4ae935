"""Whether what stands beside a formula is its result: many libraries write formulas and calculate none."""

from collections.abc import Mapping
from enum import Enum

_CALCULATE = (
    "libreoffice", "openoffice", "collabora", "onlyoffice", "gnumeric", "wps", "planmaker", "softmaker", "numbers",
    "google", "hancom", "hcell", "zoho", "calligra",
)  # fmt: skip
"""How programs that calculate name themselves. Not Excel's name: libraries give it as theirs, and Excel leaves a
`calcId` and asks for no calculation of what it has calculated."""
_NEVER = ("go excelize",)
"""Those that do not, and yet leave a `calcId`."""
_EXCEL = "microsoft"


class Results(Enum):
    """What the workbook's stored results are worth."""

    KEPT = "kept"
    ZERO_IS_NONE = "zero is none"
    """Nobody says who wrote it: a result counts, but 0 is what libraries put where there is none."""
    NONE = "none"

    def missing(self, stored: str, kind: str) -> bool:
        """Whether what stands beside a formula was never calculated. `kind`: the cell's type, n of a number."""
        return self is Results.NONE or (self is Results.ZERO_IS_NONE and kind == "n" and stored.strip() in ("0", "0.0"))


def results_of(calculation: Mapping[str, str], application: str | None) -> Results:
    """calculation: the attributes of the workbook's `calcPr` (ECMA-376 part 1, 18.2.2). application: who wrote it, as
    its extended properties say."""
    name = (application or "").lower()
    if name.startswith(_CALCULATE):
        return Results.KEPT
    if calculation.get("fullCalcOnLoad") in ("1", "true") or name.startswith(_NEVER):
        return Results.NONE
    if calculation.get("calcId"):
        return Results.KEPT
    return Results.ZERO_IS_NONE if not name or name.startswith(_EXCEL) else Results.NONE
