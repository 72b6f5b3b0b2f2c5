"""Measures what lastgood costs, and prints it as tables.

    python -m benchmarks [cold] [warm] [size] [memory] [cost] [--bundles DIRECTORY] [--write]

Without a name it measures everything, in about a quarter of an hour. `--bundles` is a directory
with a bundle for each function in `alarm`, `recover` and `verify`; without it they are made, for
this machine. `--write` writes docs/reference/performance.md, and so wants everything measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cold, cost, deciding, document, firing, memory, size, warm
from benchmarks.contestants import JOBS, Job
from benchmarks.scene import Scene, open_scene
from benchmarks.table import Table
from tests.support.bundle import build_bundles


@dataclass(frozen=True, slots=True)
class Effort:
    """How often everything is done."""

    rounds: int
    alarms: int
    decisions: int
    invocations: int


THOROUGH = Effort(rounds=15, alarms=500, decisions=5_000, invocations=1_000)
QUICK = Effort(rounds=1, alarms=2, decisions=2, invocations=1)
"""Enough to see that everything runs; its figures mean nothing."""


class Bench:
    """The parts; each measures and gives its tables. The clouds are started when one needs them."""

    def __init__(self, bundles: Mapping[Job, Path], effort: Effort, undo: ExitStack) -> None:
        self._bundles = bundles
        self._effort = effort
        self._undo = undo
        self._scene: Scene | None = None

    @property
    def scene(self) -> Scene:
        """The clouds, started once."""
        if self._scene is None:
            self._scene = self._undo.enter_context(open_scene())
        return self._scene

    def cold(self) -> Iterator[Table]:
        """Cold starts."""
        yield cold.table(cold.measure(self.scene, self._bundles, self._effort.rounds))

    def warm(self) -> Iterator[Table]:
        """What is quick once it is warm."""
        yield warm.table(warm.measure(self.scene, self._bundles, self._effort.alarms))
        yield deciding.table(deciding.measure(self._effort.decisions))
        with tempfile.TemporaryDirectory() as scratch:
            yield firing.table(firing.measure(Path(scratch), self._effort.decisions))

    def size(self) -> Iterator[Table]:
        """Bundles on disk."""
        yield size.table(size.measure(self._bundles))

    def memory(self) -> Iterator[Table]:
        """Memory after many invocations."""
        held = memory.measure(self.scene, self._bundles, self._effort.invocations)
        yield memory.table(held, self._effort.invocations)

    def cost(self) -> Iterator[Table]:
        """Dollars."""
        yield cost.table(cost.measure(self.scene, self._bundles, self._effort.rounds))


PARTS: Mapping[str, Callable[[Bench], Iterator[Table]]] = {
    "cold": Bench.cold,
    "warm": Bench.warm,
    "size": Bench.size,
    "memory": Bench.memory,
    "cost": Bench.cost,
}
"""Every part by its name, in the order of the document."""


def run(names: Iterable[str], bundles: Mapping[Job, Path], effort: Effort) -> Iterator[Table]:
    """The tables of these parts, of all where none is named, each as soon as it is there."""
    with ExitStack() as undo:
        bench = Bench(bundles, effort, undo)
        for name in list(names) or PARTS:
            yield from PARTS[name](bench)


def bundles_in(directory: Path) -> dict[Job, Path]:
    """The bundle of each function in a directory."""
    return {job: directory / job for job in JOBS}


def main() -> int:
    """Measure, print, and write if asked to."""
    arguments = _arguments()
    effort = QUICK if arguments.quick else THOROUGH
    with tempfile.TemporaryDirectory() as scratch:
        directory = arguments.bundles or build_bundles(Path(scratch))
        tables = []
        for table in run(arguments.part, bundles_in(directory), effort):
            sys.stdout.write(f"{table.markdown()}\n\n")
            sys.stdout.flush()
            tables.append(table)
    if arguments.write:
        document.write(tables)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("part", nargs="*", help=f"{', '.join(PARTS)}; all, where none is named")
    parser.add_argument("--bundles", type=Path, help="where alarm, recover and verify are")
    parser.add_argument("--quick", action="store_true", help="once each, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write docs/reference/performance.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.part) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}. Try: {', '.join(PARTS)}")
    if arguments.write and (arguments.part or arguments.quick):
        parser.error("--write wants everything measured. Try: python -m benchmarks --write")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
