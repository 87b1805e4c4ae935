"""An invitation as whoever gets it sees it, shown before it goes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Variant = Annotated[Literal["new_user", "individual_plan"], Field(title="InvitationVariant")]

_EXAMPLE: dict[str, JsonValue] = {
    "variant": "new_user",
    "language": "en",
    "subject": "Marta Lindqvist invites you to Northwind Trading",
    "text": "Hello Ada,\n\nMarta Lindqvist writes: “Welcome aboard: we start on Monday.”\n",
    "html": "<!doctype html>…",
}


class ShownMail(BaseModel):
    """The invitation as whoever gets it sees it; its link leads nowhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    variant: Variant = Field(
        description="`new_user`, or `individual_plan`: who has an account of their own chooses what becomes of its "
        "records."
    )
    language: str
    subject: str
    text: str
    html: str


class ShownMails(BaseModel):
    """The invitation in every variant and language."""

    items: list[ShownMail]
