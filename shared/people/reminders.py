"""Settings that several services have: after how many days who has not answered an invitation is reminded."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class ReminderSettings(BaseSettings):
    """Who reminds, and who says when that is, mix this in: they have to be told the same."""

    reminder_days: float = Field(
        3, gt=0, description="After how many days who has not answered an invitation is reminded, where that is wanted."
    )
    reminder_again_days: float = Field(
        7, gt=0, description="After how many days, from when the invitation was sent, they are reminded once more."
    )

    @model_validator(mode="after")
    def _remind_in_order(self) -> Self:
        if self.reminder_again_days <= self.reminder_days:
            raise ValueError("USHER_REMINDER_AGAIN_DAYS needs more days than USHER_REMINDER_DAYS")
        return self
