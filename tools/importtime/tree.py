"""Reads what `python -X importtime` writes: modules with their times, as the tree they form."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"^import time: +(\d+) \| +(\d+) \| ( *)(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Imported:
    """A module that was imported; microseconds, in itself and with all that it imported first."""

    name: str
    own: int
    total: int
    children: tuple[Imported, ...] = ()

    def walk(self) -> Iterator[Imported]:
        """This module and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read(text: str) -> list[Imported]:
    """The modules that nobody else imported first, in order; other lines are passed over.

    A module's line comes after those of the modules it imported, which stand two spaces deeper.
    """
    waiting: defaultdict[int, list[Imported]] = defaultdict(list)
    for own, total, indent, name in _LINE.findall(text):
        depth = len(indent) // 2
        children = tuple(waiting.pop(depth + 1, ()))
        waiting[depth].append(Imported(name, int(own), int(total), children))
    return [module for depth in sorted(waiting) for module in waiting[depth]]


def names(roots: list[Imported]) -> set[str]:
    """The full name of every module in the trees, those that were not found included."""
    return {module.name for root in roots for module in root.walk()}


def find(roots: list[Imported], name: str) -> Imported | None:
    """The module of this name, wherever it stands."""
    return next((m for root in roots for m in root.walk() if m.name == name), None)
