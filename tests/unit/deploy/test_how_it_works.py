"""docs/how-it-works.md is held to the code: its folders exist, its pictures are the imports' and the subscriptions'."""

import re
import tomllib
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from usher_contracts.topics import TOPICS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
SERVICES = ("upload", "validation", "licensing", "notification")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:services|shared|tests)/[a-z_/.]+)`", PAGE))))
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def layers(contract: str) -> list[list[str]]:
    """The layers of an import-linter contract, each with the modules that stand side by side in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = [each for each in project["tool"]["importlinter"]["contracts"] if each["name"].startswith(contract)]
    return [re.findall(r"[a-z_]+", layer.removeprefix("shared.")) for layer in found["layers"]]


@pytest.mark.parametrize(
    ("picture", "contract", "left_out"),
    [
        (PICTURES[1], "A service is made of rooms", {"__main__", "main"}),
        (PICTURES[2], "What is shared is made of layers", {"usher_contracts"}),
    ],
)
def test_a_picture_of_layers_is_what_the_imports_are_held_to(picture: str, contract: str, left_out: set[str]) -> None:
    drawn = [line.split(", ") for line in picture.strip().splitlines()]
    assert drawn == [layer for layer in layers(contract) if not left_out & set(layer)]


def test_who_hears_whom_is_what_they_subscribe_to() -> None:
    owners = {topic.name: topic.owner for topic in TOPICS}
    drawn = re.findall(r"^(\w+) +writes +(.*)\n +hears +(.*)$", PICTURES[0], re.MULTILINE)
    assert tuple(name for name, _, _ in drawn) == SERVICES
    for service, writes, hears in drawn:
        assert writes.split(", ") == [topic.name for topic in TOPICS if topic.owner == service]
        heard = {owners[each.topic] for each in subscriptions(service)} - {service}
        assert set(hears.split(", ")) == heard, service


def subscriptions(service: str) -> Any:
    """What a service subscribes to; nothing of what handles it is called."""
    found: Any = import_module(f"services.{service}.application.event_handlers")
    if hasattr(found, "SUBSCRIPTIONS"):
        return found.SUBSCRIPTIONS
    if hasattr(found, "subscriptions"):
        return found.subscriptions()
    return found.EventHandlers(*[None] * len(fields(found.EventHandlers))).subscriptions()
