"""What is said of a person in SCIM, by the names that Usher has for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.people.profile import EMAIL, FIRST_NAME, LAST_NAME, REGION, REPORTS_TO, TITLE

EXTERNAL_ID = "external_id"
FUNCTIONAL_AREA = "functional_area"

Attribute = Literal[
    "email", "first_name", "last_name", "title", "functional_area", "region", "reports_to", "external_id"
]
ATTRIBUTES = (EMAIL, FIRST_NAME, LAST_NAME, TITLE, FUNCTIONAL_AREA, REGION, REPORTS_TO, EXTERNAL_ID)


@dataclass(frozen=True, slots=True)
class Said:
    """Texts by ATTRIBUTES and custom fields by their names: None clears, what is absent is not spoken of. ``active``
    None: nothing is said about it. ``reports_to`` names the manager as the directory does."""

    texts: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    custom_fields: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    active: bool | None = None

    def __bool__(self) -> bool:
        return bool(self.texts or self.custom_fields or self.active is not None)

    def beyond(self, present: "Said") -> "Said":
        """What is otherwise here than there."""
        return Said(
            {key: text for key, text in self.texts.items() if text != present.texts.get(key)},
            {name: text for name, text in self.custom_fields.items() if text != present.custom_fields.get(name)},
            None if self.active == present.active else self.active,
        )


class Unreadable(Exception):
    """A request that can't be carried out as it is written. ``why``: a scimType of RFC 7644 (3.12)."""

    def __init__(
        self, why: Literal["invalidSyntax", "invalidValue", "invalidPath", "invalidFilter", "noTarget"], what: str
    ) -> None:
        super().__init__(why)
        self.why, self.what = why, what
