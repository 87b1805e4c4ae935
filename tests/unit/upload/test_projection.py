"""Which columns an event sets."""

from dataclasses import replace
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from services.upload.domain.corrections.events import CorrectionsForgotten
from services.upload.domain.stored_events import Event, stream_of
from services.upload.read_models.batches.projection import Columns, columns
from shared.eventsourcing.events import Context, Recorded
from tests.unit.upload.examples import (
    ADA,
    AGAIN,
    APPROVAL_LAPSED,
    APPROVED,
    ASKED,
    BATCH_ID,
    BEN,
    COMPANY_ID,
    COMPLETED,
    CONFIRMED,
    CORRECTED_FILE,
    CORRECTED_ONCE,
    CORRECTIONS,
    DECLINED,
    FILES_ERASED,
    HELD,
    LAPSED,
    OF_CORRECTIONS,
    PROCESSED,
    REFUSED_BY_LICENSING,
    REJECTED,
    SHOWN_AGAIN,
    STALE,
    SUPERSEDED,
    TIDIED,
    UNREADABLE,
    UPLOADED,
    VALIDATED,
    WITHDRAWN,
)

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def recorded(event: Event) -> Recorded[Event]:
    context = Context(BATCH_ID, None, f"00-{'1' * 32}-{'2' * 16}-01", COMPANY_ID, AT)
    return Recorded(uuid7(), stream_of(BATCH_ID), 1, event, context)


def after(*events: Event) -> Columns:
    table: Columns = {}
    for event in events:
        table |= columns(recorded(event))
    return table


def test_an_uploaded_batch_is_validating() -> None:
    table = after(UPLOADED)
    assert (table["status"], table["file_name"], table["uploaded_at"]) == ("validating", "q3.xlsx", AT)


def test_a_good_file_is_ready_with_its_numbers_and_rows() -> None:
    table = after(UPLOADED, VALIDATED)
    assert (table["status"], table["review"], table["counts"]["invite"]) == ("ready_for_review", 1, 100)
    assert table["rows_ref"] == VALIDATED.rows.ref
    warning = {
        "code": "unknown_column",
        "message": "The column Comment is not known; it is ignored.",
        "columns": ("Comment",),
    }
    assert table["warnings"] == [warning]


def test_a_file_that_cannot_be_read_has_neither_rows_nor_copy() -> None:
    table = after(UPLOADED, UNREADABLE)
    assert (table["status"], table["rows_ref"], table["annotated_ref"], table["seats"]) == (
        "needs_correction",
        *[None] * 3,
    )
    assert [each["code"] for each in table["file_errors"]] == ["corrupt"]


def test_checking_again_forgets_the_last_result_but_not_its_number() -> None:
    table = after(UPLOADED, REJECTED, AGAIN)
    assert (table["status"], table["review"], table["counts"], table["annotated_ref"]) == ("validating", 1, None, None)


def test_a_notice_goes_when_it_is_withdrawn() -> None:
    table = after(UPLOADED, VALIDATED, CONFIRMED, STALE, VALIDATED, AGAIN, VALIDATED, WITHDRAWN)
    assert (table["notice"], table["status"]) == (None, "ready_for_review")


def test_a_notice_stays_until_the_next_confirmation() -> None:
    stale = after(UPLOADED, VALIDATED, CONFIRMED, STALE)
    assert (stale["notice"]["code"], stale["confirmed_by"], stale["confirmed_at"]) == ("stale_review", None, None)
    assert after(UPLOADED, VALIDATED, CONFIRMED, STALE, VALIDATED, AGAIN, VALIDATED)["notice"] is not None
    assert after(UPLOADED, VALIDATED, CONFIRMED, STALE, VALIDATED, CONFIRMED)["notice"] is None


def test_a_batch_that_waits_for_an_approval_is_not_confirmed_yet() -> None:
    table = after(UPLOADED, VALIDATED, CONFIRMED, STALE, VALIDATED, ASKED)
    assert (table["status"], table["notice"], table["confirmed_by"]) == ("awaiting_approval", None, None)
    assert (table["approval_asked_by"]["email"], table["approval_asked_at"]) == (ADA.email, AT)
    assert (table["approval_until"], table["approval_decision"]) == (ASKED.until, None)


def test_an_approved_batch_is_confirmed_by_who_asked_and_says_who_approved() -> None:
    table = after(UPLOADED, VALIDATED, ASKED, APPROVED, CONFIRMED)
    assert (table["status"], table["confirmed_by"]["email"]) == ("processing", ADA.email)
    assert (table["approval_decision"], table["approval_decided_by"]["email"]) == ("approved", BEN.email)


def test_a_declined_batch_says_why_until_it_is_confirmed_again() -> None:
    table = after(UPLOADED, VALIDATED, ASKED, DECLINED)
    assert (table["status"], table["approval_decision"]) == ("ready_for_review", "declined")
    assert (table["approval_comment"], table["notice"]["code"]) == ("Lyon joins in January.", "approval_declined")
    assert "Ben Backup did not approve this" in table["notice"]["message"]
    assert "Lyon joins in January." in table["notice"]["message"]
    again = after(UPLOADED, VALIDATED, ASKED, DECLINED, ASKED)
    assert (again["notice"], again["approval_decision"], again["approval_comment"]) == (None, None, None)


def test_what_the_invitations_will_say_is_seen_by_who_approves() -> None:
    asked = replace(ASKED, confirmation=replace(CONFIRMED, message="We start on Monday.", reminders=True))
    waits, back = after(UPLOADED, VALIDATED, asked), after(UPLOADED, VALIDATED, asked, DECLINED)
    assert (waits["message"], waits["reminders"]) == ("We start on Monday.", True)
    assert (back["message"], back["reminders"]) == (None, None)


def test_who_takes_the_own_request_back_has_declined_nothing() -> None:
    table = after(UPLOADED, VALIDATED, ASKED, replace(DECLINED, declined_by=ADA, comment=None))
    assert table["notice"]["code"] == "approval_taken_back"


def test_what_nobody_approved_in_time_says_so() -> None:
    table = after(UPLOADED, VALIDATED, ASKED, APPROVAL_LAPSED)
    assert (table["status"], table["approval_decision"]) == ("ready_for_review", "expired")
    assert (table["notice"]["code"], table["approval_decided_by"]) == ("approval_expired", None)
    assert "in time" in table["notice"]["message"]


def test_licenses_that_are_gone_are_a_file_error_with_numbers_until_it_is_checked_again() -> None:
    table = after(UPLOADED, VALIDATED, CONFIRMED, REFUSED_BY_LICENSING)
    assert table["status"] == "needs_correction"
    assert (table["refused"]["requested"], table["refused"]["available"]) == (100, 40)
    error, of_pool = table["file_errors"]
    assert (error["code"], error["requested"], error["available"]) == ("licenses_exceeded", 100, 40)
    assert "100 licenses" in error["message"]
    assert "60" in error["message"]
    assert {key: of_pool[key] for key in ("code", "methodology", "requested", "available")} == {
        "code": "methodology_seats_exceeded",
        "methodology": "command",
        "requested": 2,
        "available": 1,
    }
    assert of_pool["message"].startswith("Nothing was done: others took seats after the review. The file needs 2 seats")
    assert after(UPLOADED, VALIDATED, CONFIRMED, REFUSED_BY_LICENSING, AGAIN)["refused"] is None


def test_where_the_licenses_suffice_only_the_seats_are_too_few() -> None:
    refused = replace(REFUSED_BY_LICENSING, requested=0, available=0)
    assert [error["code"] for error in after(UPLOADED, VALIDATED, CONFIRMED, refused)["file_errors"]] == [
        "methodology_seats_exceeded"
    ]


def test_a_held_verdict_shows_nowhere() -> None:
    assert columns(recorded(HELD)) == {}


def test_the_end_keeps_its_numbers_and_its_time() -> None:
    table = after(UPLOADED, VALIDATED, CONFIRMED, PROCESSED, COMPLETED)
    assert (table["status"], table["completed_at"], table["completed"]["emails_failed"]) == ("completed", AT, 2)


def test_a_batch_that_nobody_confirmed_in_time_says_why_it_was_cancelled() -> None:
    table = after(UPLOADED, VALIDATED, LAPSED)
    assert (table["status"], table["notice"]["code"]) == ("cancelled", "not_confirmed_in_time")
    assert "in the 365 days" in table["notice"]["message"]


def test_what_is_tidied_away_is_there_again_when_it_moves_or_is_shown_again() -> None:
    assert after(UPLOADED, REJECTED, TIDIED)["tidied"]
    assert not after(UPLOADED, REJECTED, TIDIED, AGAIN)["tidied"]
    assert not after(UPLOADED, REJECTED, TIDIED, SHOWN_AGAIN)["tidied"]
    assert after(UPLOADED, REJECTED, TIDIED, SUPERSEDED)["tidied"]


def test_a_replaced_batch_says_by_which() -> None:
    assert after(UPLOADED, SUPERSEDED)["superseded_by"] == SUPERSEDED.superseded_by


def test_the_corrected_file_is_the_batchs_own_once_it_is_judged() -> None:
    assert after(OF_CORRECTIONS)["corrections_ref"] == OF_CORRECTIONS.corrections.ref  # pyright: ignore[reportOptionalMemberAccess]
    table = after(OF_CORRECTIONS, CORRECTED_ONCE)
    assert (table["original_ref"], table["sha256"]) == (CORRECTED_FILE.ref, CORRECTED_FILE.sha256)
    assert (table["file_size"], table["left_out_ref"]) == (CORRECTED_FILE.size, CORRECTED_ONCE.left_out)


def test_a_batch_says_what_its_draft_comes_to() -> None:
    table = after(UPLOADED, REJECTED, CORRECTIONS)
    assert (table["corrections"], table["left_out"]) == (59, 2)
    table = after(UPLOADED, REJECTED, CORRECTIONS, CorrectionsForgotten(ADA))
    assert (table["corrections"], table["left_out"]) == (0, 0)


def test_a_marked_copy_that_could_not_be_written_without_somebody_is_offered_no_longer() -> None:
    table = after(UPLOADED, REJECTED, FILES_ERASED)
    assert (table["annotated_ref"], table["rows_ref"]) == (None, REJECTED.rows.ref if REJECTED.rows else None)
