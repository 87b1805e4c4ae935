"""Why a workbook is not changed."""


class CannotPatch(Exception):
    """The workbook is too unusual to be changed in place. `reason` is a plain half sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
