"""An event as a CloudEvent in structured mode: one JSON object, its data as it stands on Kafka."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def structured(
    *,
    id_: str,
    source: str,
    type_: str,
    time: datetime,
    subject: str,
    company_id: str | None,
    sequence: int | None,
    correlation_id: str | None,
    data: bytes,
) -> str:
    """The JSON of an event. data: its JSON, which is taken over byte by byte."""
    attributes: dict[str, object] = {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": type_,
        "time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subject": subject,
        "datacontenttype": "application/json",
        "companyid": company_id,
        # Text, as on Kafka: CloudEvents' integers end at 2³¹.
        "sequence": None if sequence is None else str(sequence),
        "correlationid": correlation_id,
        "data": orjson.Fragment(data),
    }
    return orjson.dumps({name: value for name, value in attributes.items() if value is not None}).decode()
