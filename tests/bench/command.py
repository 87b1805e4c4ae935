"""./usher bench [NAME]: measures the product on a stack of its own, in words or as JSON lines."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.operate.errors import CommandError

if TYPE_CHECKING:
    from tests.bench.figures import Plan

BENCHMARKS = (
    "main_job", "linear", "largest", "annotated", "correcting", "cost", "append", "relay", "consumers", "mails",
    "webhooks", "beside_webhooks", "beside_large", "companies", "team", "scim", "activity", "browsers", "start", "idle",
    "rows", "stages",
)  # fmt: skip
"""In the order of docs/performance.md; each is a module of tests/bench whose docstring says what it measures."""
Name = Annotated[
    str,
    typer.Argument(help="Which benchmark, else all; `list` says what there is. `against`: beside an older commit."),
]
Values = Annotated[
    list[str] | None,
    typer.Argument(help="How much of it: rows, events, mails. Of `against` the commit, and which parts, else all."),
]
Runs = Annotated[int, typer.Option("--runs", min=1, help="How often what is cheap is measured; the median counts.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines.")]
AsRows = Annotated[bool, typer.Option("--markdown", help="As rows of docs/performance.md's table.")]
Smoke = Annotated[bool, typer.Option("--smoke", help="As small as it goes: shows that it works, and no more.")]
Plots = Annotated[Path | None, typer.Option("--plots", help="The folder for the plots of `rows` and `stages`.")]


def bench(
    name: Name = "all",
    values: Values = None,
    runs: Runs = 5,
    as_json: AsJson = False,
    as_rows: AsRows = False,
    smoke: Smoke = False,
    plots: Plots = None,
) -> None:
    """Measure: seconds, rates, memory, each beside its goal or a peer. Says how busy the machine was before."""
    import structlog

    from tests.bench.figures import Plan

    if name == "list":
        print("\n".join(f"{each:<14} {_about(each)}" for each in BENCHMARKS))
        return
    if name not in ("all", "against", *BENCHMARKS):
        raise CommandError(f"There is no benchmark {name!r}. There are: against, {', '.join(BENCHMARKS)}.")
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if name == "against":
        revision, parts = revision_and_parts(values or ())
        _say_machine(as_json)
        _against(revision, parts, Plan(runs, smoke), as_json, as_rows)
        return
    plan = Plan(runs, smoke, numbers(values or ()), plots)
    _say_machine(as_json)
    for each in BENCHMARKS if name == "all" else (name,):
        for figure in import_module(f"tests.bench.{each}").measure(plan):
            said = json.dumps({"benchmark": each, **figure.json()}) if as_json else figure.text
            print(figure.markdown if as_rows else said, flush=True)


def _against(revision: str, parts: Sequence[str], plan: "Plan", as_json: bool, as_rows: bool) -> None:
    from tests.bench.against import compare
    from tests.bench.figures import COMPARED_HEAD

    if as_rows:
        print(COMPARED_HEAD)
    for row in compare(revision, parts, plan):
        print(json.dumps(row.json()) if as_json else row.markdown if as_rows else row.text, flush=True)


def _say_machine(as_json: bool) -> None:
    from tests.bench import machine

    about = machine.described()
    print(json.dumps({"machine": asdict(about)}) if as_json else about.sentence, flush=True)


def revision_and_parts(values: Sequence[str]) -> tuple[str, Sequence[str]]:
    """What follows `against`: a commit, and which parts. Raises CommandError."""
    if not values:
        raise CommandError("Say the commit to measure against: ./usher bench against REV [PART…].")
    return values[0], values[1:]


def numbers(values: Sequence[str]) -> list[int]:
    """What follows a benchmark's name. Raises CommandError."""
    if wrong := [value for value in values if not value.isdecimal()]:
        raise CommandError(f"{wrong[0]!r} is no number. After a benchmark's name come numbers: rows, events, mails.")
    return [int(value) for value in values]


def _about(name: str) -> str:
    return (import_module(f"tests.bench.{name}").__doc__ or "").partition("\n")[0]
