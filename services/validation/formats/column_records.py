"""What the columns of a sheet are, as it travels: one JSON object."""

from dataclasses import asdict

import orjson

from services.validation.domain.validation.columns import sheet_columns
from services.validation.domain.validation.workbook import HeaderRow
from shared.people.columns import Headers


def columns_data(header: HeaderRow, headers: Headers) -> bytes:
    """`{"sheet", "header_row", "columns": [{"header", "field", "by", "guess", "examples"}]}`."""
    columns = [asdict(column) for column in sheet_columns(header.columns, headers)]
    return orjson.dumps({"sheet": header.sheet, "header_row": header.row, "columns": columns})
