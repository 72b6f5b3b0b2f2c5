"""A table that reads well on a terminal and is Markdown as it stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """The heading that it has on the page, the names of its columns, and its rows."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table as Markdown, its columns aligned: the first to the left, numbers right."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
        lines = []
        for first, *rest in (self.columns, rule, *self.rows):
            numbers = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
            lines.append(f"| {' | '.join((first.ljust(widths[0]), *numbers))} |")
        return "\n".join(lines)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent of the values lie."""
    return sorted(values)[min(int(len(values) * percent / 100), len(values) - 1)]


def versus(value: float, aim: float) -> str:
    """An aim, and whether a value missed it."""
    return f"≤ {aim:,g}{'' if value <= aim else ' missed'}"


def timed(action: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
