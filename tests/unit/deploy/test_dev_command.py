"""How `./usher dev` and `demo` end, whatever went wrong; with a stack that starts nothing."""

from pathlib import Path

import pytest

from deploy.devstack import stack
from deploy.devstack.command import until_told
from deploy.devstack.options import Options, Ports
from deploy.operate.errors import CommandError

pytestmark = pytest.mark.anyio


class Nothing(stack.Stack):
    """A stack without parts."""

    async def start(self) -> None:
        """Nothing to start."""


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    monkeypatch.setattr(stack, "Stack", Nothing)
    return Options(tmp_path, Ports(9100))


async def test_what_nobody_expected_is_a_sentence_with_the_place_of_its_details(options: Options) -> None:
    async def fails(_: stack.Stack) -> bool:
        raise KeyError("token")

    with pytest.raises(CommandError, match=r"not expected went wrong \(KeyError: 'token'\).*log\.txt has the details"):
        await until_told(options, fails)
    assert "in fails" in (options.data / "log.txt").read_text()


async def test_what_is_a_sentence_already_stays_as_it_is(options: Options) -> None:
    async def fails(_: stack.Stack) -> bool:
        raise CommandError("The disk is full.")

    with pytest.raises(CommandError, match=r"^The disk is full\.$"):
        await until_told(options, fails, quiet=True)
