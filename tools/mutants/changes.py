"""What is changed: the mutations that mutmut makes, and some that it leaves out.

mutmut puts every mutant of a function beside it and picks one at run time. It leaves out what is
decorated, which here would be all moves of the ledger, and what runs while a module is imported:
tables, constants and defaults. The former are added to its own; the latter are modules to import
instead of the original. Of a string only one mutant is made; mutmut makes its upper and its lower
case as well, and a test that sees one sees all.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import libcst as cst
from libcst import matchers as m
from mutmut.mutation import file_mutation, mutators

DECORATORS = {"retried"}
"""Functions that run while modules are imported, so no mutant of them can be picked later."""

_LITERAL = m.Subscript(value=m.Name("Literal"))
NO_VALUES = m.OneOf(
    m.Assign(value=_LITERAL),
    _LITERAL,
    m.Assign(value=m.Call(func=m.Name("TypeVar") | m.Name("ParamSpec"))),
    m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))]),
    m.Arg(keyword=m.Name("frozen") | m.Name("kw_only")),
)
"""What speaks to the type checker or to who calls a constructor: mypy holds it, not the tests."""


class Substitute(NamedTuple):
    """A module with one mutation outside its functions."""

    module: str
    source: str
    change: str


def extend_mutmut() -> None:
    """Let mutmut mutate decorated functions, and every string once."""
    arrange = file_mutation.function_trampoline_arrangement

    class Visitor(file_mutation.MutationVisitor):
        def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
            return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)

    def arrange_decorated(function: cst.FunctionDef, mutants: Any, class_name: str | None) -> Any:
        if function.name.value in DECORATORS:
            return [], [function], [], []
        if m.matches(function, m.FunctionDef(decorators=[m.Decorator(m.Name("classmethod"))])):
            return arrange(function, mutants, class_name)
        bare = function.with_changes(decorators=[])
        before, (picked, *copies), after, names = arrange(bare, mutants, class_name)
        picking = cst.ensure_type(picked, cst.FunctionDef)
        decorated = picking.with_changes(decorators=[*function.decorators, *picking.decorators])
        return before, [decorated, *copies], after, names

    file_mutation.MutationVisitor = Visitor  # type: ignore[misc]
    file_mutation.function_trampoline_arrangement = arrange_decorated
    file_mutation.mutation_operators = [  # type: ignore[attr-defined]
        (kind, _first_of_string if change is mutators.operator_string else change)
        for kind, change in mutators.mutation_operators
    ]


def _first_of_string(node: cst.BaseString) -> Iterable[cst.BaseString]:
    return islice(mutators.operator_string(node), 1)


def outside_functions(path: Path) -> Iterator[Substitute]:
    """Every mutation of what a module runs while it is imported."""
    source = path.read_text("utf-8")
    module, mutations, *_ = file_mutation.create_mutations(str(path), source)
    name = ".".join(path.with_suffix("").parts)
    left_out = set(_left_out(module))
    for mutation in mutations:
        within = mutation.contained_by_top_level_function
        if isinstance(within, cst.FunctionDef) and within.name.value not in DECORATORS:
            continue
        if id(mutation.original_node) in left_out:
            continue
        mutated = file_mutation.deep_replace(module, mutation.original_node, mutation.mutated_node)
        code = cst.ensure_type(mutated, cst.Module).code
        yield Substitute(name, code, difference(source.splitlines(), code.splitlines()))


def _left_out(module: cst.Module) -> Iterator[int]:
    for node in _walk(module):
        if m.matches(node, NO_VALUES):
            yield from (id(inner) for inner in _walk(node))


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


def difference(before: Sequence[str], after: Sequence[str]) -> str:
    """The lines that differ, as in a diff, without their indentation."""
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "+-")


class _Importer(MetaPathFinder, InspectLoader):
    def __init__(self, substitute: Substitute) -> None:
        self._substitute = substitute

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        del path, target
        if fullname != self._substitute.module:
            return None
        return spec_from_loader(fullname, self)

    def get_source(self, fullname: str) -> str:
        del fullname
        return self._substitute.source


def import_instead(substitute: Substitute) -> None:
    """Import the module from its mutated source from now on, and all that may know it anew."""
    for name in list(sys.modules):
        if name.partition(".")[0] in {"lastgood", "handlers", "sandbox", "tests"}:
            del sys.modules[name]
    sys.meta_path.insert(0, _Importer(substitute))
