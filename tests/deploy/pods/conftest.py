"""The image, once a run."""

from collections.abc import Iterator

import pytest

from tests.deploy.pods import images, machine


@pytest.fixture(scope="session")
def building() -> Iterator[machine.Machine]:
    """A machine that has built Usher's image."""
    with images.builder() as builder:
        images.build(builder)
        yield builder
