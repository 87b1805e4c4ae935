"""The image holds what production runs, all of it and nothing else: told by imports, from the image's entry points."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

from deploy.checkout import ROOT
from deploy.operate.services import SERVICES
from tests.deploy.containers.dockerfile import Ignored, instructions

PACKAGES = {"deploy": ROOT, "services": ROOT, "shared": ROOT, "usher_contracts": ROOT / "shared" / "contracts"}
ENTRY_POINTS = {"deploy.operate.__main__", "deploy.operate.health", *(f"services.{name}.__main__" for name in SERVICES)}
DRIVERS = {"python-multipart"}
"""What no module of ours imports: FastAPI reads forms by it."""


@cache
def graph() -> grimp.ImportGraph:
    """Who imports what in this checkout, where it runs: what is imported for type checkers alone is left out."""
    return grimp.build_graph(
        *PACKAGES, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )


def own(names: set[str]) -> set[str]:
    """Those of these modules that stand in the checkout."""
    return {name for name in names if name.partition(".")[0] in PACKAGES}


@cache
def run_in_production() -> frozenset[str]:
    """Each module of ours that is reached from an entry point: by an import, by a text that names it (so the sandbox
    starts modules), or as the package of one that is."""
    every, reached, open_ends = own(graph().modules), set[str](), set(ENTRY_POINTS)
    while open_ends:
        name = open_ends.pop()
        reached.add(name)
        parts = name.split(".")
        packages = {".".join(parts[:length]) for length in range(1, len(parts))}
        named = {text for text in texts(source_of(name)) if text in every}
        open_ends |= (own(graph().find_modules_directly_imported_by(name)) | packages | named) - reached
    return frozenset(reached)


def source_of(module: str) -> Path:
    """Where a module's source stands."""
    path = PACKAGES[module.partition(".")[0]].joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def texts(source: Path) -> Iterator[str]:
    """Each text of a module."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def copied() -> Iterator[Path]:
    """Each file that the Dockerfile copies out of this checkout, as .dockerignore lets it."""
    ignored = Ignored(ROOT)
    for name, rest in instructions(ROOT / "deploy" / "Dockerfile"):
        sources = rest.split()[:-1] if name == "COPY" and not rest.startswith("--from") else []
        for source in (ROOT / each for each in sources):
            found = source.rglob("*") if source.is_dir() else [source]
            yield from (path for path in found if path.is_file() and not ignored(path))


def test_every_module_in_the_image_is_run_in_production_and_every_module_that_is_run_is_there() -> None:
    there = {path for path in copied() if path.suffix == ".py"}
    run = {source_of(name) for name in run_in_production()}
    assert sorted(str(path.relative_to(ROOT)) for path in there - run) == [], "nothing runs it"
    assert sorted(str(path.relative_to(ROOT)) for path in run - there) == [], ".dockerignore keeps it away"


def test_what_the_image_holds_beside_modules_belongs_to_one() -> None:
    """Migrations, templates, static files, texts: each below a package that is run; the lock stands alone."""
    packages = {source_of(name).parent for name in run_in_production()} - set(PACKAGES.values())
    data = [path for path in copied() if path.suffix != ".py" and path.parent != ROOT]
    assert len(data) > 20
    assert [str(path) for path in data if packages.isdisjoint(path.parents)] == []


@pytest.mark.parametrize("part", ["deploy.devstack", "deploy.docgen", "usher_contracts.publication", "tests"])
def test_what_developers_need_is_not_run(part: str) -> None:
    assert [name for name in run_in_production() if name == part or name.startswith(f"{part}.")] == []


def test_what_a_text_starts_is_run() -> None:
    assert "shared.sandbox.server" in run_in_production()


def imported_from_outside() -> set[str]:
    """The packages of others that what is run imports, by the names under which they are imported."""
    found = {each for name in run_in_production() for each in graph().find_modules_directly_imported_by(name)}
    return {name.partition(".")[0] for name in found - own(found)} - sys.stdlib_module_names


installed = cache(packages_distributions)


def distributions(imported: str) -> set[str]:
    """What may be installed for an import."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in installed().get(imported, ())}


def named_in(file: str) -> set[str]:
    """The distributions that a file of requirements or a lock begins a line with."""
    names = re.findall(r"^([a-z0-9][a-z0-9.-]*)", (ROOT / file).read_text(), flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name) for name in names}


def test_what_is_required_is_what_production_imports() -> None:
    used = {each for name in imported_from_outside() for each in distributions(name)}
    assert named_in("requirements.in") - used == DRIVERS


def test_what_production_imports_is_installed() -> None:
    locked = named_in("requirements.txt")
    missing = [name for name in imported_from_outside() if distributions(name).isdisjoint(locked)]
    assert missing == []
