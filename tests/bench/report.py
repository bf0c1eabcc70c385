"""A figure beside its floor, and figures as a table or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DECIMALS = {"s": 3, "ms": 2, "calls": 0, "/s": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, in `unit`, beside the least that it could be; `most` is the goal in the same unit.

    `most_ratio` is the goal for measured / floor. A figure without a goal is told for what it says.
    """

    what: str
    measured: float
    floor: float
    unit: str
    floor_is: str
    most: float | None = None
    most_ratio: float | None = None
    most_mb: float | None = None
    peak_mb: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Measured by floor; one when both are nothing."""
        if self.floor == 0:
            return 1.0 if self.measured == 0 else float("inf")
        return self.measured / self.floor

    @property
    def met(self) -> bool | None:
        """Whether every goal is met; None without one."""
        held = [
            found <= goal
            for found, goal in ((self.measured, self.most), (self.ratio, self.most_ratio), (self.peak_mb, self.most_mb))
            if goal is not None and found is not None
        ]
        return all(held) if held else None

    @property
    def goal(self) -> str:
        """The goals in words."""
        goals = (
            "" if self.most_ratio is None else f"≤ {self.most_ratio:g} x",
            "" if self.most is None else f"≤ {self.most:g} {self.unit}",
            "" if self.most_mb is None else f"≤ {self.most_mb:g} MB",
        )
        return ", ".join(goal for goal in goals if goal)

    def as_json(self) -> dict[str, Any]:
        """The figure for a machine."""
        return {
            "what": self.what,
            "measured": self.measured,
            "unit": self.unit,
            "floor": self.floor,
            "floor_is": self.floor_is,
            "ratio": self.ratio if self.ratio != float("inf") else None,
            "goal": self.goal,
            "met": self.met,
            "peak_mb": self.peak_mb,
            "note": self.note,
        }


def amount(value: float, unit: str) -> str:
    """A value with its unit, with as many decimals as it carries."""
    decimals = DECIMALS.get(unit, 2)
    return f"{value:,.{decimals}f} {unit}" if unit != "/s" else f"{value:,.0f}/s"


def show(name: str, told: str, figures: Sequence[Figure]) -> None:
    """Print one benchmark's figures as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "what", "measured", "floor", "ratio", "goal", "", "peak", title=f"{name}: {told}", title_justify="left"
    )
    for column in table.columns[1:4]:
        column.justify = "right"
    for figure in figures:
        verdict = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[figure.met]
        peak = "" if figure.peak_mb is None else f"{figure.peak_mb:,.0f} MB"
        measured, floor = amount(figure.measured, figure.unit), amount(figure.floor, figure.unit)
        table.add_row(figure.what, measured, floor, f"{figure.ratio:.2f}", figure.goal, verdict, peak)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    console.print(table)
    for line in dict.fromkeys(f"{figure.what}: floor is {figure.floor_is}" for figure in figures):
        console.print(f"  {line}", style="dim")
    for figure in figures:
        if figure.note:
            console.print(f"  {figure.what}: {figure.note}", style="dim")
    console.print()


def dumped(results: dict[str, Sequence[Figure]], machine: dict[str, Any]) -> str:
    """All figures as JSON."""
    benchmarks = {name: [figure.as_json() for figure in figures] for name, figures in results.items()}
    return json.dumps({"machine": machine, "benchmarks": benchmarks}, ensure_ascii=False, indent=1)
