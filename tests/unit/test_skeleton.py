"""A service is made of the rooms that CONTRIBUTING's table names, and of nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = [path for path in sorted((ROOT / "services").iterdir()) if (path / "main.py").exists()]


def rooms() -> set[str]:
    """The first column of the table: `main.py`, `api`, `domain/refusals.py`, `domain/<aggregate>`."""
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Find your way")[2].partition("\n## ")[0]
    return {room.rstrip("/") for room in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)}


def entries(folder: Path) -> Iterator[str]:
    """What is in a folder, but for what Python needs or leaves there."""
    found = folder.iterdir() if folder.exists() else ()
    return (path.name for path in found if path.name not in ("__init__.py", "__pycache__"))


def test_the_services_are_these_four() -> None:
    assert {service.name for service in SERVICES} == {"upload", "validation", "licensing", "notification"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_has_no_other_rooms(service: Path) -> None:
    assert set(entries(service)) <= {room.partition("/")[0] for room in rooms()}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_domain_has_aggregates_refusals_and_stored_events_alone(service: Path) -> None:
    domain = service / "domain"
    modules = {name for name in entries(domain) if not (domain / name).is_dir()}
    assert {f"domain/{name}" for name in modules} <= rooms()
    for aggregate in (path for path in domain.iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert {"events.py", "state.py"} & set(entries(aggregate)), f"{aggregate} is no aggregate"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_read_model_is_a_folder(service: Path) -> None:
    for model in entries(service / "read_models"):
        assert {"projection.py", "query.py"} & set(entries(service / "read_models" / model)), f"{model} is none"
