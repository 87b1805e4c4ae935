"""./usher bench [NAME]: measures the product on a stack of its own, in words or as JSON lines."""

import json
import logging
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from deploy.operate.errors import CommandError

BENCHMARKS = (
    "main_job", "linear", "largest", "annotated", "append", "relay", "consumers", "mails", "beside_large", "companies",
    "team", "start", "rows", "stages",
)  # fmt: skip
"""In the order of docs/performance.md; each is a module of tests/bench whose docstring says what it measures."""
Name = Annotated[str, typer.Argument(help="Which benchmark, else all; `list` says what there is.")]
Values = Annotated[list[int] | None, typer.Argument(help="How much of it: rows, events, mails.")]
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

    from tests.bench import machine
    from tests.bench.figures import Plan

    if name == "list":
        print("\n".join(f"{each:<14} {_about(each)}" for each in BENCHMARKS))
        return
    if name != "all" and name not in BENCHMARKS:
        raise CommandError(f"There is no benchmark {name!r}. There are: {', '.join(BENCHMARKS)}.")
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    plan = Plan(runs, smoke, values or (), plots)
    about = machine.described()
    print(json.dumps({"machine": asdict(about)}) if as_json else about.sentence, flush=True)
    for each in BENCHMARKS if name == "all" else (name,):
        for figure in import_module(f"tests.bench.{each}").measure(plan):
            said = json.dumps({"benchmark": each, **figure.json()}) if as_json else figure.text
            print(figure.markdown if as_rows else said, flush=True)


def _about(name: str) -> str:
    return (import_module(f"tests.bench.{name}").__doc__ or "").partition("\n")[0]
