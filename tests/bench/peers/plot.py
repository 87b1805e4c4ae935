"""Runs in the peers' environment, where matplotlib is: draws what it reads as JSON on its input, as SVG.

python plot.py rows|stages|soak FILE.svg
"""

import json
import sys
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "usher", "svg.fonttype": "none", "font.family": "sans-serif", "axes.spines.top": False,
                 "axes.spines.right": False}  # fmt: skip

import matplotlib.pyplot as plt  # noqa: E402


def rows(curves: dict[str, list[tuple[int, float]]]) -> Any:
    """Seconds over rows, both by powers of ten: what grows as the rows do is a straight line of slope 1."""
    figure, axes = plt.subplots(figsize=(8, 4.5))
    for name, points in curves.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    ticks = [n for n, _ in next(iter(curves.values()))]
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds")
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure


def stages(given: list[dict[str, Any]]) -> Any:
    """Each stage as a bar from its begin to its end, in seconds since the upload or the confirmation."""
    figure, axes = plt.subplots(figsize=(8, 0.32 * len(given) + 1))
    names = [stage["name"] for stage in given]
    spans = [stage["end"] - stage["begin"] for stage in given]
    axes.barh(names, spans, left=[stage["begin"] for stage in given], color=[f"C{s['half']}" for s in given])
    for name, span, stage in zip(names, spans, given, strict=True):
        axes.text(stage["end"], name, f" {span:.2f} s", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel("seconds since the upload (first part), since the confirmation (second part)")
    return figure


def soak(given: dict[str, list[tuple[float, Any]]]) -> Any:
    """What batches took, and what processes held, over minutes; a fault as a line through all."""
    kinds = (("memory", "MB"), ("descriptors", ""), ("threads", ""), ("connections", ""), ("disk", "MB"))
    figure, (top, *rows) = plt.subplots(1 + len(kinds), figsize=(9, 2 * (1 + len(kinds))), sharex=True)
    top.plot(*zip(*[(at / 60, seconds) for at, seconds in given["batches"]], strict=True), ".", markersize=3)
    top.set(ylabel="batch, seconds", yscale="log")
    for (kind, unit), axes in zip(kinds, rows, strict=True):
        names = sorted({name for _, held in given["samples"] for name in held if name.split(" ")[0] == kind})
        for name in names:
            points = [(at / 60, held[name]) for at, held in given["samples"] if name in held]
            axes.plot(*zip(*points, strict=True), label=name.removeprefix(kind).strip() or kind, linewidth=1)
        axes.set(ylabel=f"{kind}, {unit}" if unit else kind, ylim=(0, None))
        axes.legend(frameon=False, fontsize=6, ncols=4)
    for axes in (top, *rows):
        for at, _ in given["faults"]:
            axes.axvline(at / 60, color="0.85", linewidth=0.8, zorder=0)
    rows[-1].set_xlabel("minutes; a grey line is a fault")
    return figure


def main(what: str, path: str) -> None:
    figure = {"rows": rows, "stages": stages, "soak": soak}[what](json.load(sys.stdin))
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    print(json.dumps(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
