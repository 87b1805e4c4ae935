"""Work goes on in the trace of whoever asked for it, whatever else is done with it, and tells no words of an error."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, format_trace_id

from shared.observability import configure_tracing, current_traceparent
from shared.observability.spans import Together, failed, going_on, leaf, together, within
from shared.observability.tracing import exported

A, B = (f"00-{letter * 32}-{letter * 16}-01" for letter in "ab")
A_LATER = f"00-{'a' * 32}-{'c' * 16}-01"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    kept = InMemorySpanExporter()
    configure_tracing("test").add_span_processor(SimpleSpanProcessor(kept))
    return kept


@pytest.fixture
def ended(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    exporter.clear()
    yield exporter
    exporter.clear()


def trace_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return format_trace_id(context.trace_id)


def by_name(exporter: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    found: dict[str, list[ReadableSpan]] = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def test_a_span_goes_on_where_the_work_was_asked_for(ended: InMemorySpanExporter) -> None:
    with within(A, "job"):
        inside = current_traceparent()
    (span,) = ended.get_finished_spans()
    assert span.parent is not None and f"{span.parent.span_id:016x}" == "a" * 16
    assert inside.split("-")[1] == trace_of(span) == "a" * 32


@pytest.mark.parametrize("leave", [True, False])
def test_of_many_small_pieces_there_are_spans_only_where_somebody_gets_them(
    ended: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, leave: bool
) -> None:
    monkeypatch.setattr("shared.observability.spans._leave_the_process", lambda: leave)
    with leaf(A, "SMTP send", SpanKind.CLIENT, {"usher.mail.attempt": 1}) as span:
        failed(span, "Refusal")
    assert [trace_of(one) for one in by_name(ended).get("SMTP send", [])] == (["a" * 32] if leave else [])


def test_without_a_trace_one_is_begun(ended: InMemorySpanExporter) -> None:
    with within(None, "by the clock"):
        pass
    (span,) = ended.get_finished_spans()
    assert span.parent is None and span.get_span_context() is not None


def test_what_brought_it_about_is_linked(ended: InMemorySpanExporter) -> None:
    with within(A, "action", because=[B]):
        pass
    (span,) = ended.get_finished_spans()
    assert [format_trace_id(link.context.trace_id) for link in span.links] == ["b" * 32]


def test_an_error_is_told_by_its_kind_and_never_by_its_words(ended: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="secret"), within(A, "job"):
        raise ValueError("secret")
    with pytest.raises(ValueError, match="secret"), together("process", SpanKind.CONSUMER, [A, B], {}):
        raise ValueError("secret")
    spans = ended.get_finished_spans()
    assert {span.status.description for span in spans} == {"ValueError"}
    assert not any(span.events for span in spans)
    assert "secret" not in "".join(span.to_json() for span in spans)


def test_a_batch_of_one_trace_is_worked_on_within_it(ended: InMemorySpanExporter) -> None:
    with together("process", SpanKind.CONSUMER, [A, A_LATER], {"n": 2}):
        inside, onward = current_traceparent(), going_on(A_LATER)
    (span,) = ended.get_finished_spans()
    assert trace_of(span) == "a" * 32 and inside == onward != A_LATER
    assert [f"{link.context.span_id:016x}" for link in span.links] == ["c" * 16]


def test_a_batch_of_many_traces_goes_on_in_each_and_is_linked_to_all(ended: InMemorySpanExporter) -> None:
    with together("process", SpanKind.CONSUMER, [A, B], {}):
        own = current_traceparent().split("-")[1]
        assert [going_on(each).split("-")[1] for each in (A, B)] == ["a" * 32, "b" * 32]
        assert going_on(A) != A
    spans = {trace_of(span): span for span in ended.get_finished_spans()}
    assert set(spans) == {"a" * 32, "b" * 32, own}
    assert {format_trace_id(link.context.trace_id) for link in spans[own].links} == {"a" * 32, "b" * 32}


def test_outside_of_a_batch_a_trace_goes_on_as_it_came() -> None:
    assert going_on(A) == A


def test_what_came_without_a_trace_leaves_no_span(ended: InMemorySpanExporter) -> None:
    with together("process", SpanKind.CONSUMER, ["nonsense"], {}):
        assert going_on("nonsense") == "nonsense"
    Together("publish", SpanKind.PRODUCER, [], {}).end()
    assert ended.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("environment", "leaves"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
    ],
)
def test_spans_leave_where_a_collector_is_named(environment: dict[str, str], leaves: bool) -> None:
    assert exported(environment) is leaves
