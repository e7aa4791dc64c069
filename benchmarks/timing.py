"""Interleaved timing: machines are noisy, so only ratios measured in one run are worth printing."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the report. `goal` is the most that `value` should be, if there is a goal; both
    are plain ratios unless `unit` says otherwise."""

    what: str
    value: float
    goal: float | None
    detail: str
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.goal is None or self.value <= self.goal


def medians(ways: dict[str, Callable[[], object]], rounds: int, warm: int = 3) -> dict[str, float]:
    """Median seconds of each way, the ways taking turns so that noise falls on all alike."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + warm):
        for name, way in ways.items():
            gc.collect(0)
            start = perf_counter()
            way()
            if turn >= warm:
                took[name].append(perf_counter() - start)
    return {name: median(times) for name, times in took.items()}


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def microseconds(seconds: float) -> str:
    return f"{seconds * 1_000_000:.1f} µs"
