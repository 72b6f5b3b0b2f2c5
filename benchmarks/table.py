"""A table that reads well on a terminal and is Markdown as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, what a reader should know first, the names of the columns, and the rows."""

    heading: str
    remark: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The whole as Markdown, its columns aligned: the first to the left, numbers right."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        rule = [f"{'-' * widths[0]}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
        lines = [_line(row, widths) for row in (self.columns, rule, *self.rows)]
        return "\n\n".join((f"## {self.heading}", self.remark, "\n".join(lines)))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    padded = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))]
    return f"| {' | '.join(padded)} |"
