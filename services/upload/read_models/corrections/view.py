"""The draft as the HTTP interface shows it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.upload.read_models.batches.view import Person
from services.upload.read_models.rows.view import RowFinding

EXAMPLE: dict[str, JsonValue] = {
    "review": 1,
    "cells": [{"row": 7, "column": "Reports To", "value": "bo@northwind.example", "errors": []}],
    "replacements": [{"column": "Region", "from": "UK", "to": "UKI", "rows": 58}],
    "left_out": [34],
    "by": {"email": "marta@northwind.example", "name": "Marta Lindqvist"},
    "at": "2026-11-23T09:41:00Z",
}


class CorrectedCell(BaseModel):
    """One cell's new value, and what is wrong with it. `column` is the canonical name."""

    row: int
    column: str
    value: str
    errors: list[RowFinding]


class ReplacedValue(BaseModel):
    """One value for all cells of a column that hold `from` (null: that are blank): `rows` of them."""

    column: str
    old: str | None = Field(serialization_alias="from")
    to: str
    rows: int


class Corrections(BaseModel):
    """The corrections of a batch, kept until they are applied or forgotten. `by` made the last of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    review: int
    cells: list[CorrectedCell]
    replacements: list[ReplacedValue]
    left_out: list[int] = Field(description="The rows that are left out.")
    by: Person | None
    at: datetime | None
