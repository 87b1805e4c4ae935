"""Runs in the peers' environment, where matplotlib is: draws what it reads as JSON on its input, as SVG.

python plot.py rows|stages FILE.svg
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


def main(what: str, path: str) -> None:
    figure = {"rows": rows, "stages": stages}[what](json.load(sys.stdin))
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    print(json.dumps(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
