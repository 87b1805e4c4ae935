"""Says at the end what was not tried, since a machine without a program must not look like one where all is well."""

import pytest

from tests.corpus import programs


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for kind in programs.NEEDS:
        if lacking := programs.missing(kind):
            terminalreporter.section(f"NOT TRIED: {kind}", sep="!", red=True, bold=True)
            terminalreporter.write_line(f"This machine has no {' and no '.join(lacking)}. Install it, run this again.")
