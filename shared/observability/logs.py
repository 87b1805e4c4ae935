"""structlog around everything that logs, its own and the libraries' lines alike; and what never reaches a log."""

import logging
import logging.config
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST_VALUE = 2_000
"""Characters of one value that are logged. What a stranger sends ends here before anything looks at it."""
_MOST_LINES = 100
"""Of a traceback, counted from its end, where the error stands."""

# Whoever holds a token can act as its owner. Each takes time in proportion to the text: what may be long begins at
# something that the run itself cannot hold, or always ends in a match. tests/unit/shared/test_redaction.py counts.
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(bearer\s+)[^\s\"',;]+", re.IGNORECASE), r"\1[redacted]"),
    (re.compile(r"eyJ[\w-]{8,}[\w.-]*"), "[redacted]"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/]+@"), r"\1[redacted]@"),
    # An e-mail address as a part of a path: a log names nobody.
    (re.compile(r"(?<!:/)/[^/\s@:]+@[^/\s?#]+"), "/[address]"),
)
_NAMES_OF_SECRETS = frozenset({"authorization", "cookie", "set-cookie", "token", "access_token", "password"})
_WHOLE_WORDS = re.compile(r".*[\s/]", re.DOTALL)


class Redaction:
    """What is taken out of everything that is logged: tokens and passwords, and what follows a secret path.

    secret_paths: parts of an address behind which a secret stands ("join" in /join/SECRET), whatever their case.
    """

    def __init__(self, secret_paths: Sequence[str] = ()) -> None:
        self.patterns = _SECRETS
        if secret_paths:
            parts = "|".join(map(re.escape, secret_paths))
            pattern = re.compile(rf"(/(?:{parts})/+)[^/\s?#\"'&<>]+", re.IGNORECASE)
            self.patterns = ((pattern, r"\1[redacted]"), *_SECRETS)

    def redact(self, value: Any) -> Any:
        """The value without secrets, wherever in it they stand; a text longer than LONGEST_VALUE is cut."""
        match value:
            case str():
                return self._text(value)
            case Mapping():
                items = cast("Mapping[Any, Any]", value).items()
                return {k: "[redacted]" if str(k).lower() in _NAMES_OF_SECRETS else self.redact(v) for k, v in items}
            case bytes() | bytearray():
                return f"{len(value)} bytes"
            case list() | tuple():
                return [self.redact(each) for each in cast("Sequence[Any]", value)]
            case None | bool() | int() | float():
                return value
            case _:
                return self.redact(str(value))

    def redact_line(self, _: WrappedLogger, __: str, line: EventDict) -> EventDict:
        """A processor of structlog's: each value of the line redacted, tracebacks line by line."""
        kept = {key: line[key] for key in ("_record", "_from_structlog", "exc_info") if key in line}
        traces = {key: self._traceback(line[key]) for key in ("exception", "stack") if isinstance(line.get(key), str)}
        others = {key: value for key, value in line.items() if key not in kept and key not in traces}
        return {**self.redact(others), **traces, **kept}

    def _text(self, text: str) -> str:
        kept, left_out = _cut(text)
        for pattern, replacement in self.patterns:
            kept = pattern.sub(replacement, kept)
        return f"{kept}[{left_out} more characters]" if left_out else kept

    def _traceback(self, text: str) -> str:
        lines = text.splitlines()
        left_out = [f"[{len(lines) - _MOST_LINES} lines before]"] if len(lines) > _MOST_LINES else []
        return "\n".join([*left_out, *(self._text(line) for line in lines[-_MOST_LINES:])])


def _cut(text: str) -> tuple[str, int]:
    """What is kept of a text, and how many characters are not. Half a secret would not be known as one, so a text that
    is cut ends before the word, or the part of a path, that the cut went through."""
    if len(text) <= LONGEST_VALUE:
        return text, 0
    whole = _WHOLE_WORDS.match(text, 0, LONGEST_VALUE)
    kept = whole.group() if whole else ""
    return kept, len(text) - len(kept)


def _name_trace(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    at = trace.get_current_span().get_span_context()
    if not at.is_valid:
        return line
    return {**line, "trace_id": trace.format_trace_id(at.trace_id), "span_id": trace.format_span_id(at.span_id)}


def configure_logging(
    service: str, *, json_lines: bool = False, level: str = "info", secret_paths: Sequence[str] = ()
) -> None:
    """Send every log line of the process, ours and the libraries', to standard output in one form.

    json_lines: one JSON object a line, for production; else readable lines. level: debug, info, warning or error.
    secret_paths: see Redaction.
    """

    def name_service(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        return {"service": service, **line}

    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_service,
        _name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        # The traceback is made text first, so that what stands in it is redacted too.
        structlog.processors.format_exc_info,
        Redaction(secret_paths).redact_line,
        structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer(colors=False),
    ]
    foreign = [*before, structlog.stdlib.ExtraAdder(["topic", "group_id", "message_id"])]
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": foreign, "processors": after}
    logging.config.dictConfig(_stdlib(formatter, level.upper()))


def _stdlib(formatter: dict[str, Any], level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structlog": formatter},
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "formatter": "structlog", "stream": "ext://sys.stdout"}
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # CorrelationMiddleware writes the access log: uvicorn's own has addresses with everything in them.
            "uvicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
            "uvicorn": {"handlers": [], "propagate": True},
            "uvicorn.error": {"handlers": [], "propagate": True},
            # It comes with a handler of its own, and colours.
            "faststream": {"handlers": [], "propagate": True},
            "aiokafka": {"level": "WARNING" if level != "DEBUG" else "DEBUG"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }
