"""A validation in the words of the domain: given what happened, when a command, then events."""

from dataclasses import asdict, replace
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

import usher_contracts as contracts
from services.validation.application.event_handlers import command_of
from services.validation.domain.stored_events import TYPES, Event, stream_of
from services.validation.domain.validation.commands import (
    Abandon,
    Conclude,
    Validate,
    ValidateStale,
    ValidationCommand,
    Verdict,
)
from services.validation.domain.validation.decide import VALIDATION
from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    ValidationAbandoned,
    ValidationEvent,
    ValidationRequested,
)
from services.validation.domain.validation.values import (
    AnnotatedRef,
    Counts,
    File,
    FileFinding,
    MethodologySeats,
    ObjectRef,
    Seats,
)
from services.validation.integration_events import publish
from shared.eventsourcing.events import Context, Recorded
from tests.spec import given
from usher_contracts import BatchRejected, BatchValidated, batches, example_values, licenses, parse, validations
from usher_contracts.example_values import BATCH, COMPANY, INVITED_AT

COUNTS = Counts(**example_values.COUNTS.model_dump())
FILE = File(**example_values.FILE.model_dump())
COLUMNS = ObjectRef(**example_values.COLUMNS.model_dump())
ROWS = ObjectRef(**example_values.ROWS.model_dump())
SEATS = Seats(
    **example_values.SEATS.model_dump(exclude={"methodologies"}),
    methodologies=tuple(MethodologySeats(**pool.model_dump()) for pool in example_values.SEATS.methodologies),
)
REQUESTED = ValidationRequested(BATCH, COMPANY, FILE, 1)
AGAIN = replace(REQUESTED, run=2)
GOOD = Verdict(COUNTS, seats=SEATS, rows=ROWS)
PASSED = BatchPassed(BATCH, COMPANY, 1, 1, COUNTS, SEATS, ROWS)
BAD_COUNTS = replace(COUNTS, error=2, invite=1)
ANNOTATED = AnnotatedRef(ref=f"{COMPANY}/annotated/x", sha256="x")
BAD = Verdict(BAD_COUNTS, seats=SEATS, rows=ROWS, annotated=ANNOTATED)
FAILED = BatchFailed(BATCH, COMPANY, 1, 1, BAD_COUNTS, (), SEATS, ROWS, ANNOTATED)
REJECTED = validations.EXAMPLES[1]
assert isinstance(REJECTED, BatchRejected)
FILE_ERRORS = tuple(FileFinding(**error.model_dump()) for error in REJECTED.file_errors)
TOO_FEW = Verdict(COUNTS, file_errors=FILE_ERRORS, seats=SEATS, rows=ROWS)
UNREADABLE = Verdict(COUNTS, file_errors=FILE_ERRORS)
ABANDONED = ValidationAbandoned(BATCH, COMPANY)
VALIDATE = Validate(BATCH, COMPANY, FILE, 1)
ABANDON = Abandon(BATCH, COMPANY)


def test_what_was_said_of_the_columns_goes_for_each_later_run() -> None:
    asked = replace(REQUESTED, mapping=COLUMNS)
    run = given(VALIDATION).when(replace(VALIDATE, mapping=COLUMNS)).then(asked).when(Conclude(1, GOOD)).then(PASSED)
    run.when(replace(VALIDATE, run=2)).then(replace(AGAIN, mapping=COLUMNS))
    given(VALIDATION, asked, PASSED).when(ValidateStale()).then(replace(AGAIN, mapping=COLUMNS))
    other = replace(COLUMNS, ref="other")
    given(VALIDATION, asked, FAILED).when(replace(VALIDATE, run=2, mapping=other)).then(replace(AGAIN, mapping=other))


def test_an_upload_asks_for_its_first_run() -> None:
    given(VALIDATION).when(VALIDATE).then(REQUESTED).when(VALIDATE).then_nothing()


def test_a_run_without_errors_passes_under_the_next_review_number() -> None:
    done = given(VALIDATION, REQUESTED).when(Conclude(1, GOOD)).then(PASSED)
    done.when(Conclude(1, GOOD)).then_nothing()
    later = replace(PASSED, run=2, review=2)
    given(VALIDATION, REQUESTED, FAILED, AGAIN).when(Conclude(2, GOOD)).then(later)


@pytest.mark.parametrize(("verdict", "file_errors"), [(BAD, 0), (TOO_FEW, 1), (UNREADABLE, 1)])
def test_rows_in_error_file_errors_and_no_rows_at_all_fail(verdict: Verdict, file_errors: int) -> None:
    [event] = given(VALIDATION, REQUESTED).when(Conclude(1, verdict)).events
    assert isinstance(event, BatchFailed) and (event.review, len(event.file_errors)) == (1, file_errors)


def test_check_again_is_a_run_of_its_own() -> None:
    again = Validate(BATCH, COMPANY, FILE, 2)
    given(VALIDATION, REQUESTED, FAILED).when(again).then(AGAIN).when(again).then_nothing()


def test_an_older_run_comes_too_late() -> None:
    given(VALIDATION, REQUESTED, FAILED, AGAIN).when(Conclude(1, GOOD)).then_nothing()
    given(VALIDATION, REQUESTED, FAILED, AGAIN).when(VALIDATE).then_nothing()


def test_a_stale_review_is_validated_anew_once() -> None:
    stale = given(VALIDATION, REQUESTED, PASSED).when(ValidateStale()).then(AGAIN)
    stale.when(ValidateStale()).then_nothing()
    stale.when(Conclude(2, GOOD)).then(replace(PASSED, run=2, review=2))


def test_what_did_not_pass_cannot_have_gone_stale() -> None:
    given(VALIDATION).when(ValidateStale()).then_nothing()
    given(VALIDATION, REQUESTED).when(ValidateStale()).then_nothing()
    given(VALIDATION, REQUESTED, FAILED).when(ValidateStale()).then_nothing()


CORRECTIONS = ObjectRef(**example_values.CORRECTIONS.model_dump())
CORRECTED = replace(FILE, ref="c/original/corrected")


def test_the_corrected_file_is_the_one_that_is_checked_from_then_on() -> None:
    asked = given(VALIDATION).when(replace(VALIDATE, corrections=CORRECTIONS))
    requested = asked.then(replace(REQUESTED, corrections=CORRECTIONS))
    rest = ObjectRef("c/left-out/1", "1")
    judged = requested.when(Conclude(1, replace(GOOD, file=CORRECTED, left_out=rest)))
    passed = judged.then(replace(PASSED, file=CORRECTED, left_out=rest))
    passed.when(ValidateStale()).then(ValidationRequested(BATCH, COMPANY, CORRECTED, 2))


def test_corrections_that_could_not_be_written_are_not_forgotten() -> None:
    requested = replace(REQUESTED, corrections=CORRECTIONS)
    again = Validate(BATCH, COMPANY, FILE, 2)
    given(VALIDATION, requested, FAILED).when(again).then(replace(requested, run=2))
    given(VALIDATION, requested, replace(FAILED, file=CORRECTED)).when(again).then(replace(REQUESTED, run=2))


def test_nothing_is_validated_after_it_was_given_up() -> None:
    for history in ([REQUESTED], [REQUESTED, PASSED], [REQUESTED, FAILED]):
        over = given(VALIDATION, *history).when(ABANDON).then(ABANDONED)
        for command in (ABANDON, Conclude(1, GOOD), ValidateStale(), Validate(BATCH, COMPANY, FILE, 3)):
            over.when(command).then_nothing()
    given(VALIDATION).when(ABANDON).then_nothing()


COMMANDS: st.SearchStrategy[ValidationCommand] = st.one_of(
    st.builds(Validate, st.just(BATCH), st.just(COMPANY), st.just(FILE), st.integers(1, 4)),
    st.builds(Conclude, st.integers(1, 4), st.sampled_from([GOOD, BAD, TOO_FEW, UNREADABLE])),
    st.sampled_from([ValidateStale(), ABANDON]),
)


@drawn(st.lists(COMMANDS, max_size=12))
def test_deciding_twice_yields_nothing_and_reviews_rise_by_one(commands: list[ValidationCommand]) -> None:
    state, reviews, history = VALIDATION.initial, 0, list[ValidationEvent]()
    for command in commands:
        events = list(VALIDATION.decide(command, state))
        state = VALIDATION.fold(events, state)
        assert list(VALIDATION.decide(command, state)) == []
        for event in events:
            if isinstance(event, BatchPassed | BatchFailed):
                reviews += 1
                assert event.review == reviews
        history += events
    assert VALIDATION.fold(history) == state


def recorded(event: ValidationEvent) -> Recorded[Event]:
    return Recorded(UUID(int=7), stream_of(BATCH), 1, event, Context("c", None, "", COMPANY, INVITED_AT))


@pytest.mark.parametrize("event", [REQUESTED, PASSED, FAILED, ABANDONED, BatchFailed(BATCH, COMPANY, 1, 1, COUNTS, ())])
def test_stored_events_are_read_back_as_they_were(event: ValidationEvent) -> None:
    assert TYPES.load(*TYPES.dump(event)) == event


def test_verdicts_are_published_and_nothing_else() -> None:
    assert [*publish(recorded(REQUESTED)), *publish(recorded(ABANDONED))] == []
    [passed], [failed] = publish(recorded(PASSED)), publish(recorded(FAILED))
    assert passed.data and parse(passed.type, passed.data) == BatchValidated(
        company_id=COMPANY,
        batch_id=BATCH,
        counts=example_values.COUNTS,
        seats=example_values.SEATS,
        rows=example_values.ROWS,
        review=1,
        run=1,
    )
    assert failed.data and parse(failed.type, failed.data) == BatchRejected(
        company_id=COMPANY,
        batch_id=BATCH,
        counts=contracts.Counts(**asdict(BAD_COUNTS)),
        annotated=contracts.AnnotatedRef(**asdict(ANNOTATED)),
        seats=example_values.SEATS,
        rows=example_values.ROWS,
        review=1,
        run=1,
    )
    assert passed.key == COMPANY and passed.topic == "usher.validations.v1"


def test_what_an_event_asks_for() -> None:
    uploaded, again, confirmed, cancelled, superseded = (
        next(each for each in batches.EXAMPLES if type(each) is kind)
        for kind in (
            contracts.BatchUploaded,
            contracts.BatchRevalidationRequested,
            contracts.BatchConfirmed,
            contracts.BatchCancelled,
            contracts.BatchSuperseded,
        )
    )
    assert command_of(uploaded) == replace(VALIDATE, corrections=CORRECTIONS, mapping=COLUMNS)
    assert command_of(again) == Validate(BATCH, COMPANY, FILE, 2, mapping=COLUMNS)
    assert command_of(confirmed) is None
    assert command_of(cancelled) == ABANDON
    assert isinstance(command_of(superseded), Abandon)
    exceeded = licenses.EXAMPLES[2]
    assert command_of(exceeded) is None
    assert command_of(exceeded.model_copy(update={"reason": "stale_review"})) == ValidateStale()
