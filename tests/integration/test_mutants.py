"""What `make mutants` changes, and how it keeps the list of survivors."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from mutmut.mutation import file_mutation

from tools.mutants import changes, survivors

SOURCE = """
from typing import Literal

Word = Literal["one", "two"]
LIMIT = 3
TABLE = {"one": True}

class Kept(Struct, frozen=True, tag="kept"):
    count: int = 0

    @property
    def many(self):
        return self.count > LIMIT

    @retried
    def move(self):
        return self.count + 1

def retried(write):
    def again():
        return write(19)
    return again
"""


@pytest.fixture(scope="module", autouse=True)
def extended() -> None:
    changes.extend_mutmut()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("module.py")
    path.write_text(SOURCE)
    return path


def test_properties_and_retried_writes_are_mutated_beneath_their_decorators() -> None:
    mutated = file_mutation.mutate_file_contents("module.py", SOURCE)

    functions = {name.partition("__mutmut")[0] for name in mutated.mutant_names}
    assert functions == {"xǁKeptǁmany", "xǁKeptǁmove"}
    assert "@retried\n    @_mutmut_mutated(" in mutated.code
    assert mutated.code.count("@retried") == 1


def test_what_a_module_runs_while_it_is_imported_is_mutated(module: Path) -> None:
    found = {
        substitute.change.partition("\n+ ")[2] for substitute in changes.outside_functions(module)
    }

    assert found == {
        "LIMIT = None",
        "LIMIT = 4",
        "TABLE = None",
        'TABLE = {"XXoneXX": True}',
        'TABLE = {"one": False}',
        'class Kept(Struct, frozen=True, tag="XXkeptXX"):',
        "count: int = None",
        "count: int = 1",
        "return write(None)",
        "return write(20)",
    }


def test_a_survivor_is_listed_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "mutants.toml"
    monkeypatch.setattr(survivors, "LISTED", listed)
    change = "- if a >= 1:\n+ if a > 1:"
    printed = survivors.entry("module.function", change, 2)

    listed.write_text(printed)
    with pytest.raises(SystemExit, match=r"module\.function has no reason"):
        survivors.listed()

    listed.write_text(printed.replace('reason = ""', 'reason = "A test of this test."'))
    assert survivors.listed() == {("module.function", change): 2}
    assert tomllib.loads(listed.read_text())["survivor"][0]["changes"] == [f"{change}\n"] * 2
