"""Senders end together: whoever watches over them starts all of them again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notification.application.mail_queue import MailGroup
from services.notification.application.send_mails import Senders


@dataclass
class Connection:
    open_ones: list["Connection"]
    alive: bool = True

    async def open(self) -> None:
        self.open_ones.append(self)

    async def quit(self) -> None:
        self.open_ones.remove(self)


@dataclass
class Queue:
    """Empty, and broken for whoever comes last."""

    comes: int = 0

    async def next_group(self, results: Any, *, claim: bool) -> MailGroup:
        self.comes += 1
        if self.comes == 3:
            raise ValueError("a mistake of ours")
        return MailGroup()


@dataclass
class Nothing:
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def wakeups(self, channel: str) -> AsyncGenerator[asyncio.Event]:
        yield self.heard


def test_where_one_fails_the_others_hang_up() -> None:
    async def fail() -> list[Connection]:
        open_ones: list[Connection] = []
        parts: Any = (Queue(), None, lambda: Connection(open_ones), Nothing(), lambda: datetime.now(UTC))
        with pytest.raises(ValueError, match="a mistake of ours"):
            await Senders(*parts, count=3, max_mail_time=timedelta(seconds=1)).run()
        return [*open_ones]  # as it is then: whoever is left is cancelled with the loop

    assert asyncio.run(fail()) == []
