"""What a process of notification does in the background: mails, webhooks, or both, so that neither takes of the other's
time."""

import asyncio
from typing import Any

import pytest

from services.notification.main import build
from services.notification.settings import NotificationSettings


def tasks_of(**values: Any) -> set[str]:
    async def built() -> set[str]:
        runs: Any = build(NotificationSettings(**values)).state.connections.tasks
        return set(runs._runs)

    return asyncio.run(built())


@pytest.mark.parametrize(
    ("told", "does"),
    [
        ({}, {"senders", "webhooks", "replays"}),
        ({"mail_connections": 0}, {"webhooks", "replays"}),
        ({"webhook_connections": 0}, {"senders"}),
    ],
)
def test_a_process_sends_mails_and_delivers_or_one_of_them(told: dict[str, int], does: set[str]) -> None:
    assert tasks_of(**told) & {"senders", "webhooks", "replays"} == does
