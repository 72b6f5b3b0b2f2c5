"""Which mutants change something that a commit did not have."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from mutmut.mutation.file_mutation import compute_function_hashes
from mutmut.utils.format_utils import mangled_name_from_mutant_name

from tools.mutants.trial import Mutant


def base_of(commit: str) -> str | None:
    """Where this branch left the commit's; None where this clone does not know that."""
    base = _git("merge-base", commit, "HEAD")
    return base.strip() if base else None


def files(base: str) -> list[str]:
    """The Python files that differ from the base."""
    return (_git("diff", "--name-only", "--diff-filter=d", base, "--", "*.py") or "").splitlines()


def changed(mutants: Iterable[Mutant], base: str) -> Iterator[Mutant]:
    """Mutants of functions that differ from the base, and of lines that it does not have."""
    for mutant in mutants:
        path = Path(*mutant.module.split(".")).with_suffix(".py")
        before = _source(base, path)
        if mutant.substitute:
            lines = {line.strip() for line in before.splitlines()}
            removed = [line[2:] for line in mutant.change.splitlines() if line[0] == "-"]
            if not lines.issuperset(removed):
                yield mutant
        else:
            function = mangled_name_from_mutant_name(mutant.key).rpartition(".")[2]
            if _hashes(before).get(function) != _hashes(path.read_text("utf-8"))[function]:
                yield mutant


@cache
def _hashes(source: str) -> dict[str, str]:
    return compute_function_hashes(source)


@cache
def _source(commit: str, path: Path) -> str:
    return _git("show", f"{commit}:{path.as_posix()}") or ""


def _git(*arguments: str) -> str | None:
    command = ["git", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git, with a commit that the person names
    return done.stdout if done.returncode == 0 else None
