"""./usher bench [NAME]: measures the product on a stack of its own, as a table and as JSON lines."""

import json
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Annotated, Any, cast

import typer

from deploy.local.options import StackError

PACKAGE = "tests.bench"
Name = Annotated[str, typer.Argument(help="Which benchmark; `list` names them.")]
Values = Annotated[list[str] | None, typer.Argument(help="What it is measured with: 20 1000 10000 rows.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines alone.")]


def bench(name: Name = "main_job", values: Values = None, as_json: AsJson = False) -> None:
    """Measure: seconds, rates, memory. Says what else kept the machine busy, which the figures depend on."""
    if name == "list":
        print("\n".join(_names()))
        return
    if name not in _names():
        raise StackError(f"There is no benchmark {name!r}. There are: {', '.join(_names())}.")
    results: list[dict[str, Any]] = []
    for result in import_module(f"{PACKAGE}.{name}").results(values or []):
        print(json.dumps(result), flush=True)
        results.append(result)
    if not as_json:
        _print_table(results)


def _names() -> list[str]:
    spec = find_spec(PACKAGE)
    found = [module.name for module in iter_modules(spec.submodule_search_locations if spec else [])]
    return sorted(name for name in found if hasattr(import_module(f"{PACKAGE}.{name}"), "results"))


def _print_table(results: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = [_flat(result) for result in results]
    table = Table("", *(str(n) for n in range(1, len(rows) + 1)))
    for figure in dict.fromkeys(name for row in rows for name in row):
        table.add_row(figure.replace("_", " "), *(str(row.get(figure, "")) for row in rows))
    Console().print(table)


def _flat(result: dict[str, Any]) -> dict[str, Any]:
    """One level: what is measured for each part stands under the part's name."""
    flat: dict[str, Any] = {}
    for name, value in result.items():
        if isinstance(value, dict):
            parts = cast("dict[str, Any]", value)
            flat |= {f"{name} {part}": n for part, n in parts.items()}
        else:
            flat[name] = value
    return flat
