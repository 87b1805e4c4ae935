"""A company for each test of the running product."""

from collections.abc import Callable

import pytest

from tests.e2e.outside import Company
from tests.stack import TestStack

NewCompany = Callable[..., Company]


@pytest.fixture
def company(running: TestStack) -> Company:
    """A company with 50 licenses, three functional areas, two regions and one Active admin."""
    return Company(running)


@pytest.fixture
def new_company(running: TestStack) -> NewCompany:
    """Makes companies with settings of their own."""

    def made(**settings: object) -> Company:
        return Company(running, **settings)

    return made
