"""The architecture as the imports give it: rooms, floors and arrows, as numbers and as a picture.

`python -m tools.architecture` prints the numbers, `... draw` writes docs/architecture.svg,
`... check` fails when that file is not what the imports give.

A room is a folder of the repository that is a package, and of `lastgood` each module and each
package in it. An arrow is one room that imports another, also for the type checker only. A room
stands on the lowest floor that is above all rooms it imports. Tests are left out: they import
everything.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import TypeAlias

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"
OPENED, LEFT_OUT = "lastgood", "tests"

Graph: TypeAlias = Mapping[str, frozenset[str]]
"""Every room, with those that it imports."""


def read_imports() -> Graph:
    """The graph of this repository."""
    rooms = {
        path: _room(path.relative_to(ROOT).with_suffix("").parts)
        for package in ROOT.glob("*/__init__.py")
        if package.parent.name != LEFT_OUT
        for path in package.parent.rglob("*.py")
    }
    del rooms[ROOT / OPENED / "__init__.py"]
    imported: dict[str, set[str]] = {room: set() for room in sorted(rooms.values())}
    for path, room in rooms.items():
        imported[room] |= {_room(tuple(name.split("."))) for name in _imported_by(path)}
    return {room: frozenset(of & imported.keys() - {room}) for room, of in imported.items()}


def _room(module: tuple[str, ...]) -> str:
    return ".".join(module[: 2 if module[0] == OPENED else 1])


def _imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(str(module), names, 0):
                yield from (f"{module}.{alias.name}" for alias in names)


def floors(graph: Graph) -> list[list[str]]:
    """The rooms of each floor, the lowest floor first.

    Raises CycleError when rooms import each other in a circle.
    """
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found: list[list[str]] = []
    while sorter.is_active():
        found.append(sorted(sorter.get_ready()))
        sorter.done(*found[-1])
    return found


def numbers(graph: Graph) -> str:
    """What the graph comes to, in one line."""
    arrows = sum(map(len, graph.values()))
    return f"{len(graph)} rooms, {len(floors(graph))} floors, {arrows} arrows, no cycle"


# The picture: all lines to one room join on their way down, and few lines cross.

WIDE, HIGH, STEP, EDGE, GAP = 112, 34, 96, 24, 18
COLOURS = ("#49d", "#c73", "#4a5", "#97d", "#c69", "#a92", "#399", "#d56", "#889", "#66c")

FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}">
<style>
  text {{ font: 14px sans-serif; text-anchor: middle; fill: #1f2328 }}
  rect {{ fill: #f6f8fa; stroke: #59636e }} rect.in {{ fill: #ddf4ff; stroke: #0969da }}
  .line {{ fill: none; stroke-width: 1.6 }}
</style>
<path d="M0 0h{wide}v{high}H0z" fill="#fff"/>
{drawn}
<text x="50%" y="100%" dy="-18">{note}</text>
</svg>
"""

Node: TypeAlias = tuple[str, int]
"""A room and its floor; with a higher floor, the place where the lines to that room pass it."""


class Layout:
    """Where each node is: `order` has those of each floor, the lowest first; `x` is the middle."""

    def __init__(self, graph: Graph) -> None:
        levels = floors(graph)
        self.floor = {room: at for at, level in enumerate(levels) for room in level}
        self.lines = sorted(
            {
                ((room if at == self.floor[room] else target, at), (target, at - 1))
                for room, targets in graph.items()
                for target in targets
                for at in range(self.floor[room], self.floor[target], -1)
            }
        )
        nodes = sorted({*self.floor.items(), *(node for line in self.lines for node in line)})
        self.near = {n: [line[n == line[0]] for line in self.lines if n in line] for n in nodes}
        self.order = [[node for node in nodes if node[1] == at] for at in range(len(levels))]
        self._sort()
        self.x = {n: float(i) for row in self.order for i, n in enumerate(row)}
        for _ in range(200):
            for row in self.order:
                self._place(row)
        left = EDGE + WIDE / 2 - min(self.x.values())
        self.x = {node: round(x + left) for node, x in self.x.items()}

    def is_room(self, node: Node) -> bool:
        """Whether this is a room, and not a place where lines pass."""
        return self.floor[node[0]] == node[1]

    def _crossings(self) -> int:
        place = {node: i for row in self.order for i, node in enumerate(row)}
        pairs = combinations(((a[1], place[a], place[b]) for a, b in self.lines), 2)
        return sum(f == g and (a - c) * (b - d) < 0 for (f, a, b), (g, c, d) in pairs)

    def _sort(self) -> None:
        """Put each floor in an order in which few lines cross, by swaps that help."""
        fewest, before = self._crossings(), -1
        while fewest != before:
            before = fewest
            for row in self.order:
                for i, j in combinations(range(len(row)), 2):
                    row[i], row[j] = row[j], row[i]
                    if (crossings := self._crossings()) < fewest:
                        fewest = crossings
                    else:
                        row[i], row[j] = row[j], row[i]

    def _place(self, row: list[Node]) -> None:
        """Move each node towards the middle of its neighbours, as far as the others let it."""
        wish = [fmean(self.x[n] for n in self.near[node] or [node]) for node in row]
        width = [WIDE if self.is_room(node) else GAP / 2 for node in row]
        left, right = [wish[0]], [wish[-1]]
        for i in range(1, len(row)):
            left.append(max(wish[i], left[-1] + (width[i] + width[i - 1]) / 2 + GAP))
            right.append(min(wish[-i - 1], right[-1] - (width[-i] + width[-i - 1]) / 2 - GAP))
        for node, low, high in zip(row, left, reversed(right), strict=True):
            self.x[node] = (low + high) / 2


def picture(graph: Graph) -> str:
    """The graph as SVG; the same graph gives the same text."""
    at = Layout(graph)
    x, y = at.x, {n: EDGE + (len(at.order) - 1 - n[1]) * STEP for n in at.x}
    wide, high = max(x.values()) + WIDE // 2 + EDGE, len(at.order) * STEP + EDGE
    imported = sorted({target for targets in graph.values() for target in targets})
    colour = {room: COLOURS[i % len(COLOURS)] for i, room in enumerate(imported)}
    drawn = []
    for node in x:
        below = sorted((b for a, b in at.lines if a == node), key=lambda b: x[b])
        for i, b in enumerate(below):
            start = x[node] + (i - (len(below) - 1) / 2) * min(GAP, WIDE / len(below))
            top, end, past = y[node] + HIGH, y[b], 0 if at.is_room(b) else HIGH
            path = f"M{start:g} {top}C{start:g} {top + 30} {x[b]} {end - 30} {x[b]} {end}v{past}"
            drawn.append(f'<path class="line" d="{path}" stroke="{colour[b[0]]}"/>')
    for (room, _), left, top in ((n, x[n] - WIDE // 2, y[n]) for n in x if at.is_room(n)):
        name = room.removeprefix(f"{OPENED}.")
        kind, size = "out" if name == room else "in", f'width="{WIDE}" height="{HIGH}"'
        drawn.append(f'<rect class="{kind}" x="{left}" y="{top}" {size} rx="6"/>')
        drawn.append(f'<text x="{left + WIDE // 2}" y="{top + 22}">{name}</text>')
        tip, fill = f"M{left + WIDE // 2} {top}l-4 -8h8z", colour.get(room, "none")
        drawn.append(f'<path d="{tip}" fill="{fill}"/>')
    note = f"Blue: in {OPENED}/. A line leads down to what is imported. {numbers(graph)}."
    return FRAME.format(wide=wide, high=high, drawn="\n".join(drawn), note=note)


def main() -> int:
    """Print the graph; draw it, or compare it with what is drawn."""
    graph = read_imports()
    try:
        levels = floors(graph)
    except CycleError as error:
        sys.stderr.write(f"error: a cycle: {' → '.join(error.args[1])}\nTry: remove one import\n")
        return 1
    for at in range(len(levels), 0, -1):
        sys.stdout.write(f"floor {at}: {', '.join(levels[at - 1])}\n")
    sys.stdout.write(f"{numbers(graph)}\n")
    if sys.argv[1:] == ["draw"]:
        PICTURE.write_text(picture(graph), encoding="utf-8")
    elif sys.argv[1:] == ["check"] and PICTURE.read_text(encoding="utf-8") != picture(graph):
        sys.stderr.write("error: docs/architecture.svg is out of date\nTry: make picture\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
