"""What a benchmark gives: figures, each beside its goal and, where there is one, beside a peer in the same run."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

Best = Literal["low", "high"]


@dataclass(frozen=True)
class Plan:
    """How to measure: how often (the median counts), with what (`values`, else the goal's own sizes), or `smoke`: as
    small as it goes, to see that it works at all. ``plots``: the folder for plots, where they are wanted."""

    runs: int = 5
    smoke: bool = False
    values: Sequence[int] = ()
    plots: Path | None = None

    def size(self, full: int, tiny: int) -> int:
        """The first of `values`, else the full size, in a smoke run the tiny one."""
        if self.values:
            return self.values[0]
        return tiny if self.smoke else full

    @property
    def times(self) -> int:
        """How often what is cheap is measured."""
        return 1 if self.smoke else self.runs

    @property
    def times_dear(self) -> int:
        """How often what takes minutes is measured: once, and of fifteen runs three times."""
        return max(1, self.times // 5)


@dataclass(frozen=True)
class Beside:
    """What a figure is compared with: a peer, or another figure of ours, in the same unit and the same run."""

    what: str
    runs: Sequence[float]

    @property
    def value(self) -> float:
        return median(self.runs)


@dataclass(frozen=True)
class Goal:
    """What is to be reached: `text` as the goal says it, `limit` in the figure's unit."""

    text: str
    limit: float


def at_most(limit: float, unit: str) -> Goal:
    """A goal of its own, for what is best low."""
    return Goal(f"≤ {limit:,g} {unit}", limit)


def at_least(limit: float, unit: str) -> Goal:
    """A goal of its own, for what is best high."""
    return Goal(f"≥ {limit:,g} {unit}", limit)


@dataclass(frozen=True)
class Figure:
    """One measured thing. `runs` in `unit`, of which the median is the figure; `about` is what else was seen."""

    what: str
    unit: str
    runs: Sequence[float]
    best: Best = "low"
    goal: Goal | None = None
    beside: Beside | None = None
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))

    @property
    def value(self) -> float:
        return median(self.runs)

    @property
    def ratio(self) -> float | None:
        """The figure by its goal: at most 1 is to be reached by what is best low, at least 1 by what is best high."""
        return self.value / self.goal.limit if self.goal else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached."""
        if self.ratio is None:
            return None
        return self.ratio <= 1 if self.best == "low" else self.ratio >= 1

    @property
    def times(self) -> float | None:
        """How many times as good as what it stands beside."""
        if self.beside is None:
            return None
        return self.beside.value / self.value if self.best == "low" else self.value / self.beside.value

    @property
    def text(self) -> str:
        """For people."""
        lines = [f"{self.what}: {shown(self.value)} {self.unit}"]
        if self.goal:
            lines.append(f"goal {self.goal.text}: {'met' if self.met else 'missed'}, at {self.ratio:.2f} of it")
        if self.beside:
            lines.append(f"beside {self.beside.what}, {shown(self.beside.value)} {self.unit}: {self.times:.2f} times")
        seen = {"of": " ".join(map(shown, self.runs)), "load": self.load, **self.about}
        lines.append(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in seen.items()))
        return "\n    ".join(lines)

    @property
    def markdown(self) -> str:
        """A row of a table: what, measured, goal, whether it is met, beside what."""
        goal = self.goal.text if self.goal else ""
        met = {None: "", True: "met", False: "**missed**"}[self.met]
        beside = f"{self.beside.what}: {shown(self.beside.value)} {self.unit}, {self.times:.1f}×" if self.beside else ""
        return f"| {self.what} | {shown(self.value)} {self.unit} | {goal} | {met} | {beside} | {self.load} |"

    def json(self) -> dict[str, Any]:
        """For programs."""
        said: dict[str, Any] = {"what": self.what, "value": rounded(self.value), "unit": self.unit}
        said["runs"] = [rounded(run) for run in self.runs]
        if self.goal:
            said |= {"goal": self.goal.text, "ratio_to_goal": rounded(self.ratio or 0), "met": self.met}
        if self.beside:
            said["beside"] = {
                "what": self.beside.what,
                "value": rounded(self.beside.value),
                "runs": [rounded(run) for run in self.beside.runs],
                "times_as_good": rounded(self.times or 0),
            }
        return said | {"load": self.load, **self.about}


def shown(value: float) -> str:
    """A number as people read it."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def rounded(value: float) -> float:
    """To four digits that count: no figure here is better than that."""
    return float(f"{value:.4g}")


def repeated(times: int, measure: Callable[[], float]) -> list[float]:
    """One after another."""
    return [measure() for _ in range(times)]


def p95(values: Sequence[float]) -> float:
    """The 95th percentile: the smallest value that 95 of 100 do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


@dataclass(frozen=True)
class Reach:
    """What is to be reached beside another tree: so many times its figure, a limit in the figure's unit, or both."""

    text: str
    times: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Compared:
    """One figure of this tree beside the same of another one, measured by turns. The medians count."""

    what: str
    unit: str
    reach: Reach
    ours: Sequence[float]
    theirs: Sequence[float]
    best: Best = "low"
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))
    why_not: str = ""

    @staticmethod
    def failed(what: str, why: str) -> "Compared":
        """Of what could not be measured."""
        return Compared(what, "", Reach(""), (), (), why_not=why)

    @property
    def ratio(self) -> float | None:
        """Ours by theirs; None where there is none of them."""
        if not self.ours or not self.theirs or not median(self.theirs):
            return None
        return median(self.ours) / median(self.theirs)

    @property
    def met(self) -> bool | None:
        """Whether all of it is reached; None where that can't be said."""
        pairs = ((self.ratio, self.reach.times), (median(self.ours) if self.ours else None, self.reach.limit))
        asked = [(found, wanted) for found, wanted in pairs if wanted is not None]
        known = [(found, wanted) for found, wanted in asked if found is not None]
        if not asked or len(known) < len(asked):
            return None
        return all(found <= wanted if self.best == "low" else found >= wanted for found, wanted in known)

    @property
    def markdown(self) -> str:
        """A row of the table."""
        if self.why_not:
            return f"| {self.what} | | | | | could not be measured: {self.why_not} | |"
        met = {None: "", True: "met", False: "**missed**"}[self.met]
        ratio = "" if self.ratio is None else f"**{shown(self.ratio)}×**"
        ours, theirs = (f"{shown(median(runs))} {self.unit}" if runs else "–" for runs in (self.ours, self.theirs))
        runs = f"{len(self.ours)}, {self.load}"
        return f"| {self.what} | {self.reach.text} | {ours} | {theirs} | {ratio} | {met} | {runs} |"

    @property
    def text(self) -> str:
        """For people."""
        if self.why_not:
            return f"{self.what}: could not be measured. {self.why_not}"
        met = {None: "not to be said", True: "met", False: "missed"}[self.met]
        ours, theirs = (" ".join(map(shown, runs)) or "none" for runs in (self.ours, self.theirs))
        ratio = "" if self.ratio is None else f", {shown(self.ratio)} times"
        more = "".join(f"\n    {name.replace('_', ' ')} {value}" for name, value in self.about.items())
        return (
            f"{self.what}: {shown(median(self.ours))} {self.unit}{ratio}\n"
            f"    to reach {self.reach.text}: {met}\n    ours {ours}, theirs {theirs}, load {self.load}{more}"
        )

    def json(self) -> dict[str, Any]:
        """For programs."""
        if self.why_not:
            return {"what": self.what, "why_not": self.why_not}
        said: dict[str, Any] = {"what": self.what, "unit": self.unit, "reach": self.reach.text, "met": self.met}
        said["ratio"] = None if self.ratio is None else rounded(self.ratio)
        said |= {"ours": [rounded(run) for run in self.ours], "theirs": [rounded(run) for run in self.theirs]}
        return said | {"load": self.load, **self.about}


COMPARED_HEAD = (
    "| Work | Reach | This tree | The other | Ratio | | Runs, load |\n| --- | --- | --- | --- | --- | --- | --- |"
)
"""What stands above rows of `Compared.markdown`."""
