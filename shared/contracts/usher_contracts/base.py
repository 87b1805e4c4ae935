"""What every contract model shares: frozen, unknown fields ignored, plain JSON."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
"""A UUID as text, lower case. Text, because nothing here computes with it and JSON knows nothing else."""


class Model(BaseModel):
    """A value inside an event. Readers ignore what they don't know, so that fields can be added."""

    # by_alias: `from` is a word of Python, so the field is `from_` here and "from" on the wire.
    model_config = ConfigDict(frozen=True, extra="ignore", serialize_by_alias=True, validate_by_name=True)


class Event(Model):
    """One public event. `model_dump_json()` is its value on the wire."""

    topic: ClassVar[str]
    type: ClassVar[str]
    """The CloudEvents type, for example "usher.UserInvited.v1"."""

    company_id: Id

    @property
    def key(self) -> str:
        """The Kafka key: all of a company's events in a topic stand in their order in one partition."""
        return self.company_id
