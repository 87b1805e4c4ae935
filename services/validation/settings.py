"""What the validation service is told by its environment."""

from pydantic import Field

from services.validation.domain.validation.workbook import ReadingLimits
from shared.core.settings import ServiceKeySettings, ServiceSettings
from shared.people.access import LINK_PATHS
from shared.sandbox.pool import MIB, Limits


class ValidationSettings(ServiceKeySettings, ServiceSettings):
    """Settings of reading and annotating: what a workbook may hold and what the sandbox may use for it."""

    secret_paths = LINK_PATHS

    port: int = Field(8002, ge=0, le=65535, description="The port that the service listens on.")
    workbook_rows: int = Field(150_000, ge=1, description="How many rows a workbook may have.")
    workbook_columns: int = Field(1_000, ge=10, description="How many columns with a header a sheet may have.")
    workbook_unpacked_mib: int = Field(
        512, ge=1, description="How large the parts of a workbook that are read may be unpacked, in MiB."
    )
    sandbox_slots: int | None = Field(
        None, ge=1, description="How many workbooks a process reads at the same time; by default one a core."
    )
    sandbox_memory_mib: int = Field(600, ge=128, description="The address space of one sandboxed process, in MiB.")
    sandbox_cpu_seconds: int = Field(60, ge=1, description="CPU time of one sandboxed process, in seconds.")
    sandbox_seconds: int = Field(90, ge=1, description="How long one sandboxed process may take, in seconds.")
    freshness_seconds: float = Field(
        10, gt=0, description="How long a validation waits to know all that licensing has said of a company."
    )

    file_addresses_told_per_day: int = Field(
        5_000,
        ge=1,
        description="Of how many people a company's files may tell in a day that another company has them; then new "
        "people in files wait until tomorrow (UTC).",
    )

    @property
    def reading(self) -> ReadingLimits:
        """What a workbook may hold."""
        return ReadingLimits(
            rows=self.workbook_rows, columns=self.workbook_columns, unpacked_bytes=self.workbook_unpacked_mib * MIB
        )

    @property
    def sandbox(self) -> Limits:
        """What one run in the sandbox may use."""
        return Limits(
            memory_bytes=self.sandbox_memory_mib * MIB,
            cpu_seconds=self.sandbox_cpu_seconds,
            wall_seconds=float(self.sandbox_seconds),
        )
