"""The mutants that may live, each with its reason: `tests/mutants.toml`."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tools.mutants.trial import Mutant

LISTED = Path("tests/mutants.toml")

Survivors = Counter[tuple[str, str]]
"""How often a change at a place survives: one function may hold the same line twice."""


def listed() -> Survivors:
    """Read the list.

    Raises:
        SystemExit: an entry has no reason.
    """
    entries = tomllib.loads(LISTED.read_text("utf-8")).get("survivor", [])
    for entry in entries:
        if not entry["reason"].strip():
            raise SystemExit(f"error: a survivor in {entry['place']} has no reason in {LISTED}")
    return Counter((entry["place"], text.strip()) for entry in entries for text in entry["changes"])


def of(mutants: Iterable[Mutant]) -> Survivors:
    """The same of mutants."""
    return Counter((mutant.place, mutant.change) for mutant in mutants)


def entry(place: str, change: str, count: int) -> str:
    """What to write into the list, the reason left open."""
    texts = f"'''\n{change}\n''', " * count
    return f'[[survivor]]\nplace = "{place}"\nreason = ""\nchanges = [{texts.rstrip(", ")}]\n'
