"""`python -m benchmarks [NAME...]`: print the figures, each against its goal."""

from __future__ import annotations

import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

NAMES = (
    "rendering",
    "validation",
    "autosave",
    "rows",
    "firing",
    "advance",
    "certificate",
    "signing",
    "verification",
    "queries",
    "lists",
    "bulk",
)


def main(names: list[str]) -> None:
    table = Table("figure", "value", "goal", "met", "detail")
    for name in names or NAMES:
        for one in import_module(f"benchmarks.{name}").measure():
            number = f"{one.value:.0f} {one.unit}" if one.unit != "×" else f"{one.value:.2f} ×"
            goal = "" if one.goal is None else f"≤ {one.goal:g}"
            met = "" if one.goal is None else "yes" if one.met else "NO"
            table.add_row(one.what, number, goal, met, one.detail)
    Console(width=150).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
