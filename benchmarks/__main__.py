"""Measures what lastgood costs, and prints it as tables.

`python -m benchmarks` measures everything, in about a quarter of an hour, `python -m benchmarks
cold size` only these parts. With `--write` it also writes the tables into
docs/reference/performance.md.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from benchmarks import functions
from benchmarks.alarms import alarms
from benchmarks.contestants import contestants
from benchmarks.deciding import deciding
from benchmarks.reading_policy import reading_policy
from benchmarks.receiving import receiving
from benchmarks.scene import Scene, open_scene
from benchmarks.table import Table
from benchmarks.undo_point import undo_point
from tools.bundles.fill import build_bundles

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "performance.md"
PARTS = ("receiver", "cold", "warm", "alarm", "deciding", "policy", "size", "memory", "undo")
USUAL = {
    "rounds": 15,
    "alarms": 500,
    "turns": 20,
    "decisions": 5_000,
    "reads": 5,
    "jobs": 1_000,
    "before": 20,
    "restores": 7,
}
"""How often everything is done; `before` is how often a warm job is, before it is measured."""


def measure(
    parts: Iterable[str] = PARTS, built: Path | None = None, **often: int
) -> Iterator[Table]:
    """The tables of these parts, each as soon as it is there; `often` as in USUAL.

    `built` is where bundles are that have been built before.
    """
    often = USUAL | often
    with ExitStack() as undo:

        @cache
        def bundles() -> Path:
            return built or build_bundles(scratch())

        def scratch() -> Path:
            return Path(undo.enter_context(tempfile.TemporaryDirectory()))

        @cache
        def scene() -> Scene:
            return undo.enter_context(open_scene(contestants(bundles(), scratch())))

        tables = {
            "cold": lambda: functions.cold(scene(), often["rounds"]),
            "receiver": lambda: receiving(bundles(), often["rounds"]),
            "warm": lambda: functions.warm(
                scene(), often["alarms"], often["rounds"], often["before"]
            ),
            "alarm": lambda: alarms(often["turns"]),
            "deciding": lambda: deciding(often["decisions"]),
            "policy": lambda: reading_policy(often["reads"]),
            "size": lambda: functions.size(bundles()),
            "memory": lambda: functions.memory(scene(), often["jobs"]),
            "undo": lambda: undo_point(bundles(), often["restores"]),
        }
        # In this order: moto keeps one account, and two stages at a time would share it.
        yield from (tables[part]() for part in PARTS if part in parts)


def written(page: str, table: Table) -> str:
    """The page with this table in place of the one under its heading, and with this machine."""
    cores, python = f"{os.cpu_count()} cores ({platform.machine()})", platform.python_version()
    machine = f"Machine: {cores}, {platform.system()}, CPython {python}."
    page = re.sub(r"^Machine: .*", machine, page, flags=re.MULTILINE)
    section = rf"(^## {table.heading}\n[^|#]*)(?:^\|.*\n)+"
    return re.sub(section, lambda at: f"{at[1]}{table.markdown()}\n", page, flags=re.MULTILINE)


def main() -> int:
    """Measure, print, and write if asked to."""
    parts = [part for part in sys.argv[1:] if part != "--write"] or PARTS
    if unknown := set(parts) - {*PARTS}:
        sys.stderr.write(
            f"error: no part is called {', '.join(unknown)}\nTry: {', '.join(PARTS)}\n"
        )
        return 2
    for table in measure(parts):
        sys.stdout.write(f"## {table.heading}\n\n{table.markdown()}\n\n")
        sys.stdout.flush()
        if "--write" in sys.argv:
            PAGE.write_text(written(PAGE.read_text("utf-8"), table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
