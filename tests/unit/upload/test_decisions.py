"""What a batch's commands come to, phase by phase."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.upload import messages
from services.upload.domain.batch.commands import (
    ApproveBatch,
    CancelBatch,
    ChooseColumns,
    ConfirmBatch,
    DeclineBatch,
    LapseBatch,
    RecordCompleted,
    RecordProcessed,
    RecordVerdict,
    RevalidateBatch,
    SendBack,
    ShowBatchAgain,
    SupersedeBatch,
    TellFilesErased,
    TidyBatchAway,
    UndoBatch,
    UploadBatch,
)
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import (
    ApprovalLapsed,
    BatchConfirmed,
    BatchSuperseded,
    Event,
    FilesErased,
    RevalidationRequested,
    ReviewWentStale,
    VerdictHeld,
)
from services.upload.domain.refusals import Refused
from tests.spec import Given, given
from tests.unit.upload.examples import (
    ADA,
    AGAIN,
    AGAIN_WITH_COLUMNS,
    AWAITING,
    BEN,
    CANCELLED,
    CHOSEN,
    COMPLETED,
    CONFIRMED,
    CORRECTED_FILE,
    CORRECTED_ONCE,
    DONE,
    FILES_ERASED,
    HELD,
    LAPSED,
    LATER_ROWS,
    OF_CORRECTIONS,
    PROCESSED,
    PROCESSING,
    READY,
    REFUSED_BY_LICENSING,
    REJECTED,
    REJECTED_ONCE,
    REMEMBERED,
    REUPLOAD_ID,
    SHORT,
    SHOWN_AGAIN,
    STALE,
    SUPERSEDED,
    TIDIED,
    UNDO_READY,
    UNDO_REQUESTED,
    UNDONE,
    UNREADABLE,
    UPLOADED,
    VALIDATED,
    WITH_A_MESSAGE,
    WITHDRAWN,
)

CHOOSE = ChooseColumns(BEN, CHOSEN)
CONFIRM, CANCEL, CHECK_AGAIN, REPLACE = (
    ConfirmBatch(ADA),
    CancelBatch(BEN),
    RevalidateBatch(BEN),
    SupersedeBatch(REUPLOAD_ID),
)
EXCEEDED, WENT_STALE = SendBack("licenses_exceeded", 100, 40, (SHORT,)), SendBack("stale_review", 100, 40)
NOT_READY = [(), (UPLOADED,), REJECTED_ONCE, (*READY, AGAIN), (*READY, CANCELLED), (*READY, SUPERSEDED)]
NOT_CONFIRMED = [(UPLOADED,), REJECTED_ONCE, READY, (*PROCESSING, STALE), (*PROCESSING, REFUSED_BY_LICENSING)]
LATER = replace(VALIDATED, review=2, rows=LATER_ROWS)


def batch(*history: Event) -> Given[object, object, Event]:
    return given(BATCH, *history)  # pyright: ignore[reportReturnType]


def test_a_file_is_uploaded_once() -> None:
    batch().when(UploadBatch(UPLOADED)).then(UPLOADED).when(UploadBatch(UPLOADED)).then_nothing()


@pytest.mark.parametrize("verdict", [VALIDATED, REJECTED, UNREADABLE])
def test_a_verdict_is_recorded_once(verdict: Event) -> None:
    batch(UPLOADED).when(RecordVerdict(verdict)).then(verdict).when(RecordVerdict(verdict)).then_nothing()  # pyright: ignore[reportArgumentType]


def test_a_verdict_from_before_a_second_check_is_out_of_date() -> None:
    batch(UPLOADED, REJECTED, AGAIN).when(RecordVerdict(REJECTED)).then_nothing()


def test_the_verdict_of_a_second_check_counts() -> None:
    batch(UPLOADED, REJECTED, AGAIN).when(RecordVerdict(LATER)).then(LATER)


@pytest.mark.parametrize("over", [CANCELLED, LAPSED, SUPERSEDED])
def test_a_verdict_on_a_batch_that_was_given_up_is_nothing(over: Event) -> None:
    batch(UPLOADED, over).when(RecordVerdict(VALIDATED)).then_nothing()


def test_confirming_takes_the_rows_of_the_review() -> None:
    batch(*READY).when(CONFIRM).then(CONFIRMED)


def test_confirming_the_review_that_was_seen() -> None:
    batch(*READY).when(ConfirmBatch(ADA, review=1)).then(CONFIRMED)


def test_what_was_chosen_for_the_invitations_is_recorded() -> None:
    chosen = ConfirmBatch(ADA, message="Welcome aboard: we start on Monday.", reminders=True)
    batch(*READY).when(chosen).then(WITH_A_MESSAGE)


@pytest.mark.parametrize("seen", [0, 2])
def test_another_review_than_the_present_one_cannot_be_confirmed(seen: int) -> None:
    batch(*READY).when(ConfirmBatch(ADA, review=seen)).then_refused(Refused, code="review_changed")


@pytest.mark.parametrize("history", [PROCESSING, (*PROCESSING, PROCESSED), DONE])
@pytest.mark.parametrize("seen", [None, 1, 7])
def test_confirming_twice_is_the_same_as_once(history: tuple[Event, ...], seen: int | None) -> None:
    batch(*history).when(ConfirmBatch(BEN, seen)).then_nothing()


@pytest.mark.parametrize("history", NOT_READY)
def test_what_is_not_ready_cannot_be_confirmed(history: tuple[Event, ...]) -> None:
    batch(*history).when(CONFIRM).then_refused(Refused, code="not_ready")


@pytest.mark.parametrize("history", NOT_CONFIRMED)
def test_what_is_not_confirmed_can_be_cancelled_once(history: tuple[Event, ...]) -> None:
    batch(*history).when(CANCEL).then(CANCELLED).when(CancelBatch(ADA)).then_nothing()


@pytest.mark.parametrize("history", [PROCESSING, DONE])
def test_what_is_confirmed_cannot_be_cancelled(history: tuple[Event, ...]) -> None:
    batch(*history).when(CANCEL).then_refused(Refused, code="already_confirmed")


@pytest.mark.parametrize("history", NOT_CONFIRMED)
def test_what_nobody_confirms_in_time_is_cancelled_once(history: tuple[Event, ...]) -> None:
    lapsed = batch(*history).when(LapseBatch(365)).then(LAPSED)
    lapsed.when(LapseBatch(365)).then_nothing()
    lapsed.when(CONFIRM).then_refused(Refused, code="not_ready")


@pytest.mark.parametrize("history", [PROCESSING, DONE, (*READY, CANCELLED), (*READY, SUPERSEDED)])
def test_what_is_confirmed_or_over_does_not_lapse(history: tuple[Event, ...]) -> None:
    batch(*history).when(LapseBatch(365)).then_nothing()


def test_a_replaced_batch_cannot_be_cancelled() -> None:
    batch(*READY, SUPERSEDED).when(CANCEL).then_refused(Refused, code="superseded")


@pytest.mark.parametrize("history", [REJECTED_ONCE, READY])
def test_checking_again_starts_the_next_run(history: tuple[Event, ...]) -> None:
    batch(*history).when(CHECK_AGAIN).then(AGAIN).when(RevalidateBatch(ADA)).then_nothing()


def test_runs_are_counted_through_a_stale_review() -> None:
    batch(*PROCESSING, STALE, replace(REJECTED, review=2)).when(CHECK_AGAIN).then(replace(AGAIN, run=3))


@pytest.mark.parametrize(
    ("history", "code"),
    [(PROCESSING, "already_confirmed"), (DONE, "already_confirmed"), ((UPLOADED, CANCELLED), "cancelled"),
     ((UPLOADED, SUPERSEDED), "superseded"), ((), "not_ready")],
)  # fmt: skip
def test_what_is_over_cannot_be_checked_again(history: tuple[Event, ...], code: str) -> None:
    batch(*history).when(CHECK_AGAIN).then_refused(Refused, code=code)


@pytest.mark.parametrize("history", [(UPLOADED,), REJECTED_ONCE, READY])
def test_a_reupload_takes_the_place_of_what_is_not_confirmed(history: tuple[Event, ...]) -> None:
    batch(*history).when(REPLACE).then(SUPERSEDED).when(REPLACE).then_nothing()


@pytest.mark.parametrize(
    ("history", "code"),
    [(PROCESSING, "already_confirmed"), (DONE, "already_confirmed"), ((UPLOADED, CANCELLED), "cancelled"),
     ((UPLOADED, BatchSuperseded("another")), "superseded"), ((), "not_ready")],
)  # fmt: skip
def test_what_is_over_cannot_be_replaced(history: tuple[Event, ...], code: str) -> None:
    batch(*history).when(REPLACE).then_refused(Refused, code=code)


def test_licenses_that_are_gone_send_the_batch_back_to_correction() -> None:
    batch(*PROCESSING).when(EXCEEDED).then(REFUSED_BY_LICENSING).when(EXCEEDED).then_nothing()


def test_after_that_it_is_checked_again_and_confirmed() -> None:
    confirmed = BatchConfirmed(2, BEN, LATER_ROWS, "q3.xlsx")
    again = (
        batch(*PROCESSING, REFUSED_BY_LICENSING).when(CHECK_AGAIN).then(AGAIN).when(RecordVerdict(LATER)).then(LATER)
    )
    again.when(ConfirmBatch(BEN, 2)).then(confirmed)


def test_a_stale_review_is_validated_anew() -> None:
    batch(*PROCESSING).when(WENT_STALE).then(STALE).when(RecordVerdict(LATER)).then(LATER)


def test_the_notice_of_a_stale_review_goes_with_the_first_check_that_brings_nothing_new() -> None:
    stale = (*PROCESSING, STALE, LATER, replace(AGAIN, run=3))
    same, other = replace(LATER, review=3), replace(LATER, review=3, counts=replace(LATER.counts, invite=99))
    batch(*stale).when(RecordVerdict(same)).then(same, WITHDRAWN)
    checked = batch(*stale).when(RecordVerdict(other)).then(other)
    again = replace(other, review=4, seats=replace(other.seats, occupied=381))
    checked.when(RecordVerdict(again)).then(again, WITHDRAWN).when(RecordVerdict(replace(again, review=5))).then(
        replace(again, review=5)
    )


def test_a_check_that_finds_other_rows_or_errors_keeps_the_notice() -> None:
    stale = (*PROCESSING, STALE, replace(REJECTED, review=2))
    for verdict in (
        replace(VALIDATED, review=3),
        replace(REJECTED, review=3, rows=LATER_ROWS),
        replace(REJECTED, review=3, file_errors=UNREADABLE.file_errors),
    ):
        batch(*stale).when(RecordVerdict(verdict)).then(verdict)
    same = replace(REJECTED, review=3)
    batch(*stale).when(RecordVerdict(same)).then(same, WITHDRAWN)


def test_without_a_notice_a_check_that_brings_nothing_new_is_nothing_else() -> None:
    batch(*READY, AGAIN).when(RecordVerdict(replace(VALIDATED, review=2))).then(replace(VALIDATED, review=2))


def test_a_verdict_that_overtakes_the_news_of_a_stale_review_is_held_until_it_comes() -> None:
    held = batch(*PROCESSING).when(RecordVerdict(LATER)).then(VerdictHeld(LATER))
    held.when(RecordVerdict(LATER)).then_nothing()
    held.when(WENT_STALE).then(ReviewWentStale(), LATER).when(ConfirmBatch(ADA, 2)).then(
        BatchConfirmed(2, ADA, LATER_ROWS, "q3.xlsx")
    )


def test_a_held_verdict_is_forgotten_when_licensing_has_done_the_batch() -> None:
    batch(*PROCESSING, HELD).when(RecordProcessed(PROCESSED)).then(PROCESSED).when(WENT_STALE).then_nothing()


@pytest.mark.parametrize("back", [EXCEEDED, WENT_STALE])
@pytest.mark.parametrize("history", [(), (UPLOADED,), READY, (*PROCESSING, PROCESSED), DONE, (UPLOADED, CANCELLED)])
def test_only_what_licensing_still_decides_is_sent_back(history: tuple[Event, ...], back: SendBack) -> None:
    batch(*history).when(back).then_nothing()


def test_processed_then_completed() -> None:
    processed = batch(*PROCESSING).when(RecordProcessed(PROCESSED)).then(PROCESSED)
    processed.when(RecordProcessed(PROCESSED)).then_nothing()
    processed.when(RecordCompleted(COMPLETED)).then(COMPLETED).when(RecordCompleted(COMPLETED)).then_nothing()


def test_the_end_may_be_heard_of_before_what_led_to_it() -> None:
    batch(*PROCESSING).when(RecordCompleted(COMPLETED)).then(COMPLETED).when(RecordProcessed(PROCESSED)).then_nothing()


@pytest.mark.parametrize("history", [(), (UPLOADED,), READY, (UPLOADED, CANCELLED)])
def test_what_was_never_confirmed_is_neither_processed_nor_completed(history: tuple[Event, ...]) -> None:
    batch(*history).when(RecordProcessed(PROCESSED)).then_nothing()
    batch(*history).when(RecordCompleted(COMPLETED)).then_nothing()


OVER = [DONE, REJECTED_ONCE, (*READY, CANCELLED), (*READY, LAPSED), (*READY, SUPERSEDED), UNDONE]


@pytest.mark.parametrize("history", OVER)
def test_what_is_over_or_wrong_is_tidied_away_and_shown_again(history: tuple[Event, ...]) -> None:
    away = batch(*history).when(TidyBatchAway(ADA)).then(TIDIED)
    away.when(TidyBatchAway(BEN)).then_nothing()
    away.when(ShowBatchAgain(BEN)).then(SHOWN_AGAIN).when(ShowBatchAgain(ADA)).then_nothing()


@pytest.mark.parametrize("history", [(UPLOADED,), READY, AWAITING, PROCESSING])
def test_what_is_under_way_is_not_tidied_away(history: tuple[Event, ...]) -> None:
    batch(*history).when(TidyBatchAway(ADA)).then_refused(Refused, code="not_over")
    batch(*history).when(ShowBatchAgain(ADA)).then_nothing()


def test_a_batch_to_which_something_happens_is_no_longer_tidied_away() -> None:
    again = batch(*REJECTED_ONCE, TIDIED).when(CHECK_AGAIN)
    batch(*REJECTED_ONCE, TIDIED, *again.events, LATER).when(ShowBatchAgain(ADA)).then_nothing()
    batch(*REJECTED_ONCE, TIDIED, CANCELLED).when(ShowBatchAgain(BEN)).then(SHOWN_AGAIN)


def test_every_refusal_has_its_sentence_and_no_other_has_one() -> None:
    histories = [
        *((), (UPLOADED,), REJECTED_ONCE, READY, AWAITING, PROCESSING, DONE),
        *((*READY, CANCELLED), (*READY, SUPERSEDED), UNDO_READY, UNDONE),
    ]
    undos = [
        UndoBatch(UNDO_REQUESTED, BATCH.fold(original), undone=undone)
        for original, undone in ((READY, False), (UNDONE, False), (DONE, True))
    ]
    commands = [CONFIRM, ConfirmBatch(ADA, review=7), CANCEL, CHECK_AGAIN, REPLACE, SupersedeBatch("another"), *undos]
    commands += [ApproveBatch(BEN), ApproveBatch(BEN, review=7), ApproveBatch(ADA), DeclineBatch(BEN)]
    commands += [DeclineBatch(BEN, asked_at=datetime.min.replace(tzinfo=UTC))]
    commands += [CHOOSE, ChooseColumns(ADA, CHOSEN, review=7)]
    commands += [TidyBatchAway(BEN)]
    refused: set[tuple[str, str, str]] = set()
    for history in histories:
        for command in commands:
            try:
                BATCH.decide(command, BATCH.fold(history))
            except Refused as refusal:
                refused.add((refusal.code, refusal.action, refusal.state))
                assert messages.refused(refusal)
    assert refused == set(messages.REFUSALS)


def test_a_corrected_file_is_the_one_that_is_confirmed_and_checked_again() -> None:
    corrected = batch(OF_CORRECTIONS, CORRECTED_ONCE)
    corrected.when(CHECK_AGAIN).then(replace(AGAIN, file=CORRECTED_FILE))
    passed = replace(VALIDATED, file=replace(CORRECTED_FILE, name="q4.xlsx"))
    batch(OF_CORRECTIONS, passed).when(CONFIRM).then(replace(CONFIRMED, file_name="q4.xlsx"))


def test_columns_are_chosen_while_there_is_a_review() -> None:
    for history in (REJECTED_ONCE, READY):
        batch(*history).when(CHOOSE).then(AGAIN_WITH_COLUMNS)
        batch(*history).when(ChooseColumns(BEN, CHOSEN, review=1)).then(AGAIN_WITH_COLUMNS)
        batch(*history).when(ChooseColumns(BEN, CHOSEN, review=2)).then_refused(Refused, code="review_changed")
    batch(*PROCESSING).when(CHOOSE).then_refused(Refused, code="already_confirmed")
    batch(*READY, CANCELLED).when(CHOOSE).then_refused(Refused, code="cancelled")
    batch(*READY, SUPERSEDED).when(CHOOSE).then_refused(Refused, code="superseded")


def test_while_a_file_is_checked_only_the_same_choice_is_taken_again() -> None:
    batch(UPLOADED).when(CHOOSE).then_refused(Refused, code="not_ready")
    checking = batch(*READY, AGAIN_WITH_COLUMNS)
    checking.when(CHOOSE).then_nothing()
    checking.when(ChooseColumns(BEN, replace(CHOSEN, ref="other"))).then_refused(Refused, code="not_ready")


def test_what_was_chosen_goes_for_each_later_check() -> None:
    batch(REMEMBERED, VALIDATED).when(CHECK_AGAIN).then(AGAIN_WITH_COLUMNS)
    batch(*READY, AGAIN_WITH_COLUMNS, VALIDATED).when(CHECK_AGAIN).then(replace(AGAIN_WITH_COLUMNS, run=3))


@pytest.mark.parametrize("history", [REJECTED_ONCE, READY, AWAITING, UNDO_READY])
def test_what_waits_for_an_admin_is_checked_again_when_somebody_is_forgotten_in_it(history: tuple[Event, ...]) -> None:
    events = batch(*history).when(TellFilesErased(FILES_ERASED)).events
    assert events[0] == FILES_ERASED
    again = events[-1]
    assert isinstance(again, RevalidationRequested)
    assert (again.requested_by.name, again.requested_by.email) == ("Usher", "")
    lapsed = [each.reason for each in events if isinstance(each, ApprovalLapsed)]
    assert lapsed == (["review_changed"] if history is AWAITING else [])


@pytest.mark.parametrize("history", [PROCESSING, DONE, (*READY, CANCELLED), (*READY, SUPERSEDED)])
def test_what_is_over_only_says_that_somebody_was_forgotten_in_it(history: tuple[Event, ...]) -> None:
    batch(*history).when(TellFilesErased(FILES_ERASED)).then(FILES_ERASED)


def test_a_file_that_was_corrected_is_what_is_checked_again() -> None:
    (_, again) = batch(UPLOADED, CORRECTED_ONCE).when(TellFilesErased(FilesErased("e", 1))).events
    assert isinstance(again, RevalidationRequested) and again.file == CORRECTED_FILE
