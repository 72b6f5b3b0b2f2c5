"""What a function imports, read from the code: our modules, and the packages of others.

Imports inside functions count, because they are run sooner or later; those for the type checker do
not.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bundles.contents import OUR_PACKAGES, PART_OF_THE_RUNTIME


@dataclass(frozen=True, slots=True)
class Imports:
    """Our modules by name with their files, and the top-level packages to be installed.

    `cut_in` are the modules of ours in which an import was not followed.
    """

    ours: dict[str, Path]
    others: frozenset[str]
    cut_in: frozenset[str]


def trace_imports(start: str, unreached: Sequence[str] = ()) -> Imports:
    """Follow every import from one module of ours, but not into those that it never reaches."""
    ours: dict[str, Path] = {}
    others: set[str] = set()
    cut_in: set[str] = set()
    pending = [(start, start)]
    while pending:
        importer, name = pending.pop()
        if any(name == cut or name.startswith(f"{cut}.") for cut in unreached):
            cut_in.add(importer)
        elif name.partition(".")[0] not in OUR_PACKAGES:
            others.add(name.partition(".")[0])
        elif name not in ours and (path := _file_of(name)):
            ours[name] = path
            found = (*_packages_around(name), *_imported_by(name, path))
            pending += [(name, imported) for imported in found]
    installed = others - sys.stdlib_module_names - PART_OF_THE_RUNTIME
    return Imports(ours, frozenset(installed), frozenset(cut_in))


def _file_of(name: str) -> Path | None:
    """The file of a module of ours; None for what a module holds."""
    path = OUR_PACKAGES[name.partition(".")[0]].joinpath(*name.split("."))
    candidates = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in candidates if file.is_file()), None)


def _packages_around(name: str) -> Iterator[str]:
    while name := name.rpartition(".")[0]:
        yield name


def _imported_by(name: str, path: Path) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _run_time_nodes(ast.parse(path.read_bytes(), path)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module, names, level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = ".".join([*above, *([module] if module else [])])
                yield base
                # Whether a module or something in one is meant, only a look at the files can tell.
                yield from (f"{base}.{alias.name}" for alias in names)


def _run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those in the body of `if TYPE_CHECKING`."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        match node:
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                pending += node.orelse
            case _:
                pending += ast.iter_child_nodes(node)
