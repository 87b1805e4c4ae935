"""The places that every service has, by the mechanism that it stands on."""

from shared.erasure.place import Places
from shared.erasure.table_rows import TableRows

COMMON: Places = (
    # Records as they came: dead letters, and what is parked behind them.
    TableRows(
        table="dead_letter", key=("id",), columns=("value", "error"), json=("value",), company=None, before="created_at"
    ),
    # A key that a caller made of an address goes with its answer.
    TableRows(
        table="idempotency", key=("company_id", "call", "key"), columns=("body",), json=("body",), before="created_at"
    ),
)
"""Beside them the log (`stored_events`) and jobs, which a service names with what stands in them."""

JOBS = TableRows(table="jobs", key=("id",), columns=("payload", "last_error"), json=("payload",), before="created_at")
