"""Tries mutants: each in a fork, against the tests that run what it changes.

First against the few tests that run little else, which notice most changes and are quick; what
lives is tried against the rest.
"""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import NamedTuple

from mutmut import __main__ as mutmut
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.utils import file_utils, format_utils
from mutmut.workers.isolation import ForkRunner

from tools.mutants import changes
from tools.mutants.changes import Substitute

WORK = Path("mutants")
SURVIVED = "survived"
EVERY = 20.0
"""Seconds between two lines that say how far a run is."""


NEAREST = (40, 200)
"""Up to how many tests a mutant is tried on first, and then; what lives is tried on the rest."""

STARTING, IMPORTING = 5, 15
"""Seconds of processor time for what surrounds the tests, before a mutant counts as endless."""


class Mutant(NamedTuple):
    """One change: the key by which mutmut picks it, where it is, and the lines that differ."""

    key: str
    place: str
    change: str
    substitute: Substitute | None = None

    @property
    def module(self) -> str:
        """The module that is changed."""
        return self.substitute.module if self.substitute else self.key.rpartition(".")[0]


class _Runner(PytestRunner):
    def __init__(self, substitutes: dict[str, Substitute]) -> None:
        super().__init__()
        self._substitutes = substitutes

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        _forget_results()
        if mutant_name not in self._substitutes:
            return super().run_tests(mutant_name=mutant_name, tests=tests)
        try:
            changes.import_instead(self._substitutes[mutant_name])
            return min(1, super().run_tests(mutant_name=None, tests=tests))
        except Exception:  # noqa: BLE001 - this is a fork; what cannot be imported is killed
            return 1


def _forget_results() -> None:
    """Empty every cache of a function: what was kept before the fork is no work of the mutant."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "lastgood":
            for value in vars(module).values():
                if forget := getattr(value, "cache_clear", None):
                    forget()


def generate(jobs: int) -> list[Mutant]:
    """Copy the project to `mutants/`, with the mutants of every function in it."""
    changes.extend_mutmut()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    with redirect_stdout(io.StringIO()):
        file_utils.copy_src_dir()
        file_utils.copy_also_copy_files()
        mutmut.create_mutants(jobs)
    return [mutant for path in sorted(file_utils.walk_mutatable_files()) for mutant in _of(path)]


def _of(path: Path) -> Iterator[Mutant]:
    data, spans = SourceFileMutationData(path=path), MutantLineSpans.load(path)
    data.load()
    module = ".".join(path.with_suffix("").parts)
    if spans is None:
        raise FileNotFoundError(f"mutmut made no mutants of {path}")
    for key in data.exit_code_by_key:
        name, within = format_utils.orig_function_and_class_names_from_key(key)
        generated = key.rpartition(".")[2]
        original = generated.rpartition("_")[0] + "_orig"
        before, after = spans.read_function_sources([original, generated])
        change = changes.difference(
            before.replace(original, name).splitlines(), after.replace(generated, name).splitlines()
        )
        yield Mutant(key, ".".join(filter(None, (module, within, name))), change)
    for number, substitute in enumerate(changes.outside_functions(path)):
        yield Mutant(f"{module}.{number}", module, substitute.change, substitute)


def run(mutants: list[Mutant], jobs: int, seconds: float) -> dict[Mutant, str]:
    """Run the tests once to learn what each of them runs, then try the mutants, as mutmut names it.

    What has not begun after so many seconds is left out.
    """
    file_utils.setup_source_paths()
    substitutes = {one.key: one.substitute for one in mutants if one.substitute}
    runner = ForkRunner(jobs, _Runner(substitutes))
    mutmut.print_status = _no_spinner  # type: ignore[attr-defined]
    mutmut.run_stats_collection(runner)
    runner.startup()
    set_mutant_under_test("")
    by_key = {mutant.key: mutant for mutant in mutants}
    rounds = _rounds(mutants)
    waiting = deque(sorted(mutants, key=lambda mutant: _duration(rounds[mutant][0])))
    outcomes: dict[Mutant, str] = {}
    started = told = time.monotonic()
    while waiting or runner.pending_count():
        if time.monotonic() - started > seconds:
            waiting.clear()
        if waiting and runner.has_capacity():
            mutant = waiting.popleft()
            tests = rounds[mutant].popleft()
            takes = _duration(tests)
            spare = IMPORTING if mutant.substitute else STARTING
            runner.submit(mutant.key, tests, ceil(takes + spare), takes)
            continue
        if not runner.pending_count():
            continue
        result = runner.wait_for_result()
        mutant = by_key[result.mutant_name]
        outcome = status_by_exit_code[result.exit_code]
        if outcome == SURVIVED and rounds[mutant]:
            waiting.append(mutant)
        else:
            outcomes[mutant] = outcome
            if outcome == SURVIVED:
                sys.stdout.write(f"survived: {mutant.place}\n{mutant.change}\n")
        if time.monotonic() - told > EVERY:
            told = time.monotonic()
            _progress(outcomes, len(mutants), told - started)
    _progress(outcomes, len(mutants), time.monotonic() - started)
    return outcomes


def _rounds(mutants: Iterable[Mutant]) -> dict[Mutant, deque[list[str]]]:
    """The tests to try each mutant on, in turn, until one fails."""
    known = state().tests_by_mangled_function_name
    breadth = Counter(test for tests in known.values() for test in tests)
    everything = set(state().duration_by_test)
    rounds = {}
    for mutant in mutants:
        if mutant.substitute:  # another module may use what this one defines
            within = (
                found for name, found in known.items() if name.startswith(f"{mutant.module}.x")
            )
            tests, others = set[str]().union(*within), everything
        else:
            tests, others = known[format_utils.mangled_name_from_mutant_name(mutant.key)], set()
        ordered = sorted(tests, key=lambda test: (breadth[test], test))
        steps = pairwise((0, *NEAREST, len(ordered)))
        parts = [*(ordered[start:end] for start, end in steps), sorted(others - tests)]
        rounds[mutant] = deque([part for part in parts if part] or [[]])
    return rounds


def _duration(tests: Iterable[str]) -> float:
    return sum(state().duration_by_test[test] for test in tests)


def _no_spinner(status: str, *, force_output: bool = False) -> None:
    del status, force_output


def _progress(outcomes: dict[Mutant, str], count: int, seconds: float) -> None:
    lived = sum(outcome == SURVIVED for outcome in outcomes.values())
    sys.stdout.write(f"{len(outcomes)} of {count} in {seconds:.0f} s, {lived} survived\n")
    sys.stdout.flush()
