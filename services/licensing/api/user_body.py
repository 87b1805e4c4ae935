"""The body of one user: their fields, and what they have beside. Nobody gives permissions to many at once."""

from typing import Annotated

from pydantic import Field

from services.licensing.api.bodies import Profile
from services.licensing.application.form_validation import FormValues
from services.licensing.domain.user.state import Permission

BESIDE = frozenset({"permissions"})
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
        """Whether anything of the profile was sent."""
        return bool(self.model_fields_set - BESIDE)


NOTHING = UserBody.model_validate({})
"""A body that changes nothing."""
