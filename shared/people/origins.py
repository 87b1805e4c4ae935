"""By which way a command came to Usher. They are stored with each event (`Context.origin`); events of before that have
none."""

from typing import Final, Literal

Origin = Literal["form", "file", "scim", "platform", "invitee", "time"]

FORM: Final = "form"
"""An admin's own doing: the pages, or a program that calls the same interface for them."""
FILE: Final = "file"
"""An uploaded file."""
SCIM: Final = "scim"
"""The company's own directory, by SCIM."""
PLATFORM: Final = "platform"
"""The programs that provision companies."""
INVITEE: Final = "invitee"
"""Whoever holds the link of an invitation."""
TIME: Final = "time"
"""Nobody: a time had come."""
