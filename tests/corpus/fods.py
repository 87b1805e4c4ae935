"""What LibreOffice shows, from its flat XML: texts as shown, notes, fills, and the areas with a filter."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from shared.workbooks.cells import column_letter

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE, _STYLE = (f"{{{_NS}{name}:1.0}}" for name in ("table", "text", "office", "style"))
_FO = f"{{{_NS}xsl-fo-compatible:1.0}}"
_MOST = 200  # rows and columns that are looked at


def seen(path: Path) -> dict[str, Any]:
    """`cells`, `notes`, `fills` of the first sheet by reference, and `filters`."""
    root = ElementTree.parse(path).getroot()
    colors = dict(_colors(root))
    found: dict[str, Any] = {"cells": {}, "notes": {}, "fills": {}, "filters": list(_filters(root))}
    table = next(root.iter(f"{_TABLE}table"))
    usual = list(_column_styles(table))
    row_number = 0
    for row in table.iter(f"{_TABLE}table-row"):
        repeated = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
        if row_number >= _MOST:
            break
        column = 0
        for cell in row:
            times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            for _ in range(min(times, _MOST - column)):
                style = cell.get(f"{_TABLE}style-name") or usual[column]
                _take(found, cell, f"{column_letter(column)}{row_number + 1}", colors.get(style))
                column += 1
        row_number += repeated
    return found


def _column_styles(table: ElementTree.Element) -> Iterator[str]:
    """What a cell looks like that says nothing of it, by column."""
    for column in table.iter(f"{_TABLE}table-column"):
        style = column.get(f"{_TABLE}default-cell-style-name", "")
        yield from [style] * min(int(column.get(f"{_TABLE}number-columns-repeated", "1")), _MOST)
    yield from [""] * _MOST


def _take(found: dict[str, Any], cell: ElementTree.Element, name: str, color: str | None) -> None:
    shown = "\n".join("".join(p.itertext()) for p in cell.findall(f"{_TEXT}p"))
    if shown:
        found["cells"][name] = shown
    note = cell.find(f"{_OFFICE}annotation")
    if note is not None:
        found["notes"][name] = "\n".join("".join(p.itertext()) for p in note.findall(f"{_TEXT}p"))
    if color:
        found["fills"][name] = color.removeprefix("#").upper()


def _colors(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for style in root.iter(f"{_STYLE}style"):
        for properties in style.iter(f"{_STYLE}table-cell-properties"):
            if (color := properties.get(f"{_FO}background-color", "")).startswith("#"):
                yield style.get(f"{_STYLE}name", ""), color


def _filters(root: ElementTree.Element) -> Iterator[str]:
    for each in root.iter(f"{_TABLE}database-range"):
        if each.get(f"{_TABLE}display-filter-buttons") == "true":
            yield re.sub(r"\$|[^.:]*\.", "", each.get(f"{_TABLE}target-range-address", ""))
