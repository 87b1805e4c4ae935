"""structlog around everything that logs, its own and the libraries' lines alike; and what never reaches a log."""

import logging
import logging.config
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

# Whoever holds a personal link can accept in that person's name, whoever holds a token can act as them.
_SECRETS = (
    (re.compile(r"(/(?:join|invitations)/)[^/\s?#\"'&<>]+", re.IGNORECASE), r"\1[redacted]"),
    (re.compile(r"(bearer\s+)[^\s\"',;]+", re.IGNORECASE), r"\1[redacted]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[redacted]"),
    (re.compile(r"(\w+://[^\s/:@]*:)[^\s/@]+@"), r"\1[redacted]@"),
    # An e-mail address as a part of a path: a log names nobody.
    (re.compile(r"(?<!/)/[^/\s@:]+@[^/\s?#]+"), "/[address]"),
)
_NAMES_OF_SECRETS = frozenset({"authorization", "cookie", "set-cookie", "token", "access_token", "password"})


def redact(value: Any) -> Any:
    """The value without personal links, tokens and passwords, wherever in it they stand."""
    match value:
        case str():
            for pattern, replacement in _SECRETS:
                value = pattern.sub(replacement, value)
            return value
        case Mapping():
            items = cast("Mapping[Any, Any]", value).items()
            return {k: "[redacted]" if str(k).lower() in _NAMES_OF_SECRETS else redact(v) for k, v in items}
        case bytes() | bytearray():
            return f"{len(value)} bytes"
        case list() | tuple():
            return [redact(each) for each in cast("Sequence[Any]", value)]
        case None | bool() | int() | float():
            return value
        case _:
            return redact(str(value))


def _redact_line(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    kept = {key: line[key] for key in ("_record", "_from_structlog", "exc_info") if key in line}
    return {**{key: redact({key: value})[key] for key, value in line.items() if key not in kept}, **kept}


def _name_trace(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    at = trace.get_current_span().get_span_context()
    if not at.is_valid:
        return line
    return {**line, "trace_id": trace.format_trace_id(at.trace_id), "span_id": trace.format_span_id(at.span_id)}


def configure_logging(service: str, *, json_lines: bool = False, level: str = "info") -> None:
    """Send every log line of the process, ours and the libraries', to standard output in one form.

    json_lines: one JSON object a line, for production; else readable lines. level: debug, info, warning or error.
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
        _redact_line,
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
