"""Every column that can hold a text says whether it may say who somebody is: by which place they are forgotten there,
or why there is nobody in it. The columns are those of the real databases: tests/contracts/tables.json is held to them.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

SERVICES = ("upload", "validation", "licensing", "notification")
TABLES: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "contracts" / "tables.json").read_text(encoding="utf-8")
)
TEXTS = ("text", "json", "jsonb", "bytea", "_text")

FORGOTTEN = {
    "*": {
        "events": ("events", ["data"]),
        "dead_letter": ("dead_letter", ["value", "error"]),
        "idempotency": ("idempotency", ["body", "call", "key"]),
        "jobs": ("jobs", ["payload", "last_error"]),
    },
    "licensing": {
        "users": ("listed_users", ["email", "email_key", "first_key", "first_name", "last_key", "last_name", "search",
                                   "functional_area", "title", "region", "custom_fields"]),
        "users by others": ("users", ["invited_by"]),
        "addresses": ("addresses", ["email_key"]),
        "invitations": ("invitations", ["email_key"]),
        "deliveries": ("deliveries", ["error"]),
        "undoable_actions": ("undoable_actions", ["done_by", "touched"]),
        "saved_views": ("saved_views", ["saved_by", "view"]),
        "saved_views of theirs": ("own_views", ["owner", "name", "name_key"]),
        "beginning_views": ("events", ["person"]),
        "seat_requests": ("seat_requests", ["asked_by", "note", "comment"]),
        "scim_tokens": ("scim_tokens", ["made_by"]),
        "scim_users": ("scim_users", ["email_key", "external_id", "profile", "wanted_manager"]),
        "batch_activity": ("batch_activity", ["said"]),
        "erasures": ("erasures", ["reason", "asked_by"]),
    },
    "validation": {
        "people": ("people", ["email", "email_key", "first_name", "last_name", "functional_area", "title", "region",
                              "custom_fields"]),
    },
    "upload": {
        "batches": ("batches", ["file_name", "uploaded_by", "confirmed_by", "approval_asked_by", "approval_decided_by",
                                "approval_comment", "message", "notice", "upload_warnings", "warnings", "file_errors"]),
        "known_admins": ("known_admins", ["email", "email_key", "issuer", "name", "subject"]),
        "permissions": ("permissions", ["email_key"]),
        "standing": ("standing", ["email_key"]),
        "web_columns": ("web_columns", ["subject"]),
        "web_sessions": ("web_sessions", ["tokens"]),
    },
    "notification": {
        "mail_jobs": ("events", ["recipient", "content", "error"]),
        "webhook_deliveries": ("webhook_deliveries", ["body", "answer", "error"]),
        "webhooks": ("events", ["by"]),
        "permissions": ("permissions", ["email_key"]),
        "standing": ("standing", ["email_key"]),
    },
}  # fmt: skip
"""By service and table (what stands behind its name is for readers): the place that forgets, and the columns."""

NAMES = "names of the mechanism: consumers, topics, kinds, readers, types"
IDS = "ids, traces and hashes of contents"
COMPANYS = "the company's, or the platform's: nobody's in particular"
CODES = "one of a few words"
NOBODY_IN = {
    "*": {
        "applied_offsets": (NAMES, ["consumer", "topic"]),
        "checkpoints": (NAMES, ["reader"]),
        "inbox": (NAMES, ["consumer"]),
        "job_turns": (NAMES, ["kind"]),
        "jobs": (IDS, ["kind", "key", "correlation_id", "causation_id", "traceparent"]),
        "events": (IDS, ["stream", "type", "correlation_id", "causation_id", "traceparent", "origin"]),
        "dead_letter": (IDS, ["consumer", "stream", "topic", "key", "headers", "type"]),
        "idempotency": ("the hash of a request, and ids in headers; kept for a day", ["body_sha256", "headers"]),
        "forgotten": ("digests under a key", ["address_digests"]),
        "orphans": ("what an envelope says: ids", ["message"]),
        "log_server": ("which database server the log is on", ["server"]),
        "told_in_a_day": ("hashes, of today alone", ["about"]),
    },
    "licensing": {
        "users": (CODES, ["status", "plan", "methodologies", "permissions"]),
        "addresses": (CODES, ["plan"]),
        "activity": (CODES, ["origin", "what", "stream"]),
        "batch_activity": (CODES, ["origin", "what"]),
        "companies": (COMPANYS, ["settings", "pools"]),
        "deliveries": (CODES, ["state"]),
        "undoable_actions": (IDS, ["settings"]),
        "seat_requests": (CODES, ["state", "methodologies"]),
        "scim_tokens": ("what an admin calls a directory; a hash", ["name", "hash"]),
        "scim_users": ("names of attributes", ["asserted"]),
        "erasures": ("digests under a key, and counts", ["address_digests", "places"]),
        "erasure_reports": ("counts", ["service", "places"]),
    },
    "validation": {
        "people": (CODES, ["status", "methodologies"]),
        "companies": (COMPANYS, ["settings", "occupied_seats"]),
    },
    "upload": {
        "batches": (IDS, ["annotated_ref", "columns_ref", "corrections_ref", "left_out_ref", "mapping_ref",
                          "original_ref", "rows_ref", "sha256", "status", "approval_decision", "counts", "seats",
                          "processed", "completed", "refused", "erased"]),
        "companies": (COMPANYS, ["company"]),
        "permissions": (CODES, ["permissions"]),
        "seat_counts": ("counts", ["pools_occupied", "pools_purchased"]),
        "unneeded_objects": (IDS, ["ref"]),
        "web_columns": ("names of columns", ["columns"]),
        "web_selections": ("the hash of a session", ["id_hash"]),
        "web_sessions": ("the hash of a session", ["id_hash"]),
        "web_sign_ins": ("the hash of a state", ["state_hash"]),
    },
    "notification": {
        "batch_progress": (IDS, ["correlation_id", "causation_id", "traceparent"]),
        "companies": (COMPANYS, ["name"]),
        "company_plans": (CODES, ["plan"]),
        "imap_folders": ("whoever runs Usher's own folder", ["folder"]),
        "mail_jobs": (IDS, ["correlation_id", "causation_id", "traceparent", "message_id", "state", "withdrawal"]),
        "permissions": (CODES, ["permissions"]),
        "webhook_deliveries": (NAMES, ["line", "state", "type"]),
        "webhook_replays": ("offsets", ["places"]),
        "webhook_secrets": ("an encrypted secret", ["sealed"]),
        "webhooks": ("the company's own system", ["url", "description", "events", "off"]),
    },
}  # fmt: skip
"""By service and table: why there is nobody in these columns."""


def columns(service: str) -> set[str]:
    """ "table.column" of all that can hold a text."""
    found: set[str] = set()
    for name, kind in TABLES[service].items():
        table, _, column = name.partition(": ")
        if kind.split()[0] in TEXTS:
            found.add(f"{table}.{column}")
    return found


def said(what: dict[str, Any], service: str) -> list[tuple[str, str]]:
    """Each of these columns, with what is said of it."""
    tables = [*what["*"].items(), *what[service].items()]
    return [(f"{table.partition(' ')[0]}.{column}", why) for table, (why, names) in tables for column in names]


@pytest.mark.parametrize("service", SERVICES)
def test_every_column_with_texts_is_forgotten_or_has_nobody_in_it(service: str) -> None:
    classified = [column for column, _ in (*said(FORGOTTEN, service), *said(NOBODY_IN, service))]
    assert columns(service) - set(classified) == set(), "say where somebody is forgotten in it, or why nobody is in it"
    assert {each for each in classified if classified.count(each) > 1} == set()
    assert set(classified) - columns(service) == set(), "there is no such column any more"


@pytest.mark.parametrize("service", SERVICES)
def test_the_places_that_forget_are_there(service: str) -> None:
    module: Any = import_module(f"services.{service}.application.erase_person")
    absent = [None] * module.places.__code__.co_argcount
    there = {place.name for place in module.places(*absent) if place is not None}
    needed = {place for _, place in said(FORGOTTEN, service)}
    assert needed - there <= SUPPLIED.get(service, set())


SUPPLIED = {"upload": {"web_sessions", "jobs"}}
"""Places that the frontend hands in; and upload has no jobs but those to forget somebody."""
