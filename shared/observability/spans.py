"""Spans of what nobody waits for: a job, a polled batch, a chunk that is published, a mail.

They go on in the trace of whoever asked for the work: its `traceparent` is stored with each event and job, and travels
with each message. An error is told by its kind alone, since its words may quote a link, a token or an address.
"""

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpx
from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode

from shared.observability.tracing import current_traceparent, exported, extract, traceparent_of

Attributes = Mapping[str, str | int | float | bool]

_tracer = trace.get_tracer("usher")


@contextmanager
def within(
    traceparent: str | None,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    because: Iterable[str] = (),
) -> Generator[Span]:
    """A span in the trace of `traceparent`, current while the block lasts; without one it begins a trace. `because`:
    the `traceparent`s of what belongs to other traces and brought this about; the span has links to them."""
    links = [Link(at) for at in _contexts(because)]
    span = _tracer.start_span(name, extract(traceparent), kind, attributes, links)
    try:
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            yield span
    except BaseException as error:
        failed(span, type(error).__name__)
        raise
    finally:
        span.end()


def leaf(traceparent: str, name: str, kind: SpanKind, attributes: Attributes) -> AbstractContextManager[Span]:
    """As `within`, for one of many pieces of work from which no trace goes on: where no span leaves the process there
    is none, since making it would take longer than the work."""
    if _leave_the_process():
        return within(traceparent, name, kind, attributes)
    return nullcontext(trace.INVALID_SPAN)


@cache
def _leave_the_process() -> bool:
    return exported(os.environ)


def failed(span: Span, kind: str) -> None:
    """Marks a span as one that came to nothing. kind: a few words that never quote what was worked on."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR, kind)


class Together:
    """One piece of work for several traces: a span in each of them."""

    def __init__(self, name: str, kind: SpanKind, traceparents: Iterable[str], attributes: Attributes) -> None:
        causes: dict[int, list[SpanContext]] = {}
        for at in _contexts(dict.fromkeys(traceparents)):
            causes.setdefault(at.trace_id, []).append(at)
        self.spans: Mapping[int, Span] = {
            trace_id: _tracer.start_span(name, _around(first), kind, attributes, [Link(at) for at in others])
            for trace_id, (first, *others) in causes.items()
        }
        self._going_on: dict[str, str] = {}

    def within(self, traceparent: str) -> str:
        """The `traceparent` of what follows from this work for the one who brought that `traceparent`."""
        # Most of a polled batch came with one and the same.
        known = self._going_on.get(traceparent)
        if known is None:
            at = trace.get_current_span(extract(traceparent)).get_span_context()
            span = self.spans.get(at.trace_id)
            known = self._going_on[traceparent] = traceparent if span is None else traceparent_of(span)
        return known

    def end(self, error: str | None = None) -> None:
        """Ends them all. error: what it came to nothing by."""
        for span in self.spans.values():
            if error:
                failed(span, error)
            span.end()


_under_way: ContextVar[Together | None] = ContextVar("under_way", default=None)


@contextmanager
def together(name: str, kind: SpanKind, traceparents: Iterable[str], attributes: Attributes) -> Generator[None]:
    """While the block lasts, what is done is done for all of these; `going_on` says for each where its trace goes on.
    The current span is the one that there is, or one more with links to all of them, since it has many parents."""
    work = Together(name, kind, traceparents, attributes)
    token = _under_way.set(work)
    try:
        match list(work.spans.values()):
            case []:
                yield
            case [alone]:
                with trace.use_span(alone, record_exception=False, set_status_on_exception=False):
                    yield
            case many:
                with within(None, name, kind, attributes, map(traceparent_of, many)):
                    yield
    except BaseException as error:
        work.end(type(error).__name__)
        raise
    else:
        work.end()
    finally:
        _under_way.reset(token)


def going_on(traceparent: str) -> str:
    """The `traceparent` of what follows from an event that came with this one."""
    work = _under_way.get()
    return traceparent if work is None else work.within(traceparent)


async def carry(request: httpx.Request) -> None:
    """An event hook of httpx: the request that is sent goes on in the trace of the one that is answered."""
    request.headers["traceparent"] = current_traceparent()


def _contexts(traceparents: Iterable[str]) -> list[SpanContext]:
    found = (trace.get_current_span(extract(each)).get_span_context() for each in traceparents)
    return [at for at in found if at.is_valid]


def _around(parent: SpanContext) -> Any:
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), extract(None))
