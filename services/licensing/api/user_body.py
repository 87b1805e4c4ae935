"""The body of one user: their fields, and what they have beside. Nobody gives permissions to many at once."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from services.licensing.api.bodies import MAX_FIELDS, MethodologyId, Profile
from services.licensing.application.form_validation import FormValues
from services.licensing.domain.user.state import Permission

BESIDE = frozenset({"permissions", "methodologies"})
"""What is no field of a profile."""


class UserBody(Profile):
    """Fields of a user; what is left out stays, null clears. `permissions` are as they shall be; of those that the
    caller does not grant, none is taken away."""

    permissions: Annotated[frozenset[Permission] | None, Field(max_length=20)] = None

    def given(self, *without: str) -> FormValues:
        """What was sent of the fields."""
        return super().given(*BESIDE, *without)

    @property
    def has_fields(self) -> bool:
        """Whether anything was sent but permissions."""
        return bool(self.model_fields_set - {"permissions"})


class FormBody(UserBody):
    """A user in a form of the company's own. `methodologies` are the ids of those that they shall have a seat of, all
    of them; left out, they stay."""

    methodologies: Annotated[list[MethodologyId], Field(default_factory=list, max_length=MAX_FIELDS)]

    def given(self, *without: str) -> FormValues:
        """What was sent of the fields and the methodologies."""
        sent = super().given(*without)
        if "methodologies" not in self.model_fields_set:
            return sent
        return replace(sent, methodologies=frozenset(self.methodologies))


NOTHING = UserBody.model_validate({})
"""A body that changes nothing."""
