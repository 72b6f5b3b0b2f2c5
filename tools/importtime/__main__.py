"""Draws what the handlers of a bundle import, the heavy first; fails on what they should not.

    python -m tools.importtime [DIRECTORY]

The directory has a bundle for each function in `alarm`, `recover` and `verify`; without it they
are made, for this machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.support.bundle import build_bundles
from tools.importtime import rules, traces, tree
from tools.importtime.tree import Imported

WIDTH = 80
SHOWN = 0.02
"""The part of the whole below which a module is left out of the picture."""

DEEP = 6
_MS = 1000


def main() -> int:
    """Trace every handler of the given bundles, or of some made for this."""
    parser = argparse.ArgumentParser(prog="importtime", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("directory", nargs="?", type=Path, help="where the bundles are")
    with tempfile.TemporaryDirectory() as scratch:
        bundles: Path = parser.parse_args().directory or build_bundles(Path(scratch))
        return _report({handler: bundles / handler for handler in traces.FUNCTIONS})


def _report(bundles: dict[str, Path]) -> int:
    screen = Console(width=min(Console().width, WIDTH), highlight=False)
    faults = []
    for handler, bundle in bundles.items():
        trace = traces.at_import(handler, bundle)
        draw(screen, handler, trace.roots)
        faults += rules.faults_at_import(handler, trace)
    for handler, trace in traces.at_work(bundles).items():
        later = tree.find(trace.roots, f"handlers.{handler}")
        count = len(tree.names(trace.roots)) - (len(list(later.walk())) if later else 0)
        screen.print(f"[bold]{handler}[/] imports {count} more for the runtime and its first work")
        faults += rules.faults_at_work(handler, bundles[handler], trace)
    for fault in faults:
        screen.print(f"[red]error:[/] {fault}")
    if faults:
        screen.print("Try: import it where it is used, or make it unneeded")
    return 1 if faults else 0


def draw(screen: Console, handler: str, roots: list[Imported]) -> None:
    """One tree: what took at least SHOWN of the whole, the heavy first, with a bar each."""
    module = tree.find(roots, f"handlers.{handler}")
    if module is None:
        raise RuntimeError(f"handlers.{handler} was not among what was imported")
    count = len(list(module.walk()))
    screen.print(f"\n[bold]{handler}[/]  {module.total / _MS:.0f} ms, {count} modules")
    _draw_below(screen, module, module.total, 1)


def _draw_below(screen: Console, parent: Imported, whole: int, depth: int) -> None:
    heavy = sorted(parent.children, key=lambda child: child.total, reverse=True)
    for child in heavy:
        if child.total >= whole * SHOWN and depth <= DEEP:
            screen.print(_line(child, whole, depth), overflow="ellipsis", no_wrap=True)
            _draw_below(screen, child, whole, depth + 1)


def _line(module: Imported, whole: int, depth: int) -> Text:
    part = module.total / whole
    colour = "red" if part > 0.3 else "yellow" if part > 0.1 else "green"  # noqa: PLR2004 - thirds and tenths
    line = Text.assemble(f"{module.total / _MS:6.1f} ms ", (f"{'━' * round(part * 20):20}", colour))
    return line.append(f" {'  ' * (depth - 1)}{module.name}")


if __name__ == "__main__":
    sys.exit(main())
