"""Every benchmark runs, once and quickly; what it measures is not asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import PAGE, PARTS, USUAL, measure, written
from benchmarks.contestants import NOTHING, Contestant
from benchmarks.scene import FunctionFailedError, Scene
from benchmarks.table import Table, percentile, versus
from sandbox.aws.runtime import Code


@pytest.fixture(scope="module")
def tables(bundles: Path) -> dict[str, Table]:
    often = dict.fromkeys(USUAL, 1) | {"alarms": 2, "decisions": 2}
    measured = measure(PARTS, bundles, **often)
    return {table.heading: table for table in measured}


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("Cold start", 16),
        ("Receiver", 3),
        ("Warm", 4),
        ("Alarm", 2),
        ("Deciding", 6),
        ("Reading the policy", 3),
        ("Size", 5),
        ("Memory", 3),
        ("Undo point", 3),
    ],
)
def test_every_part_fills_its_table(tables: dict[str, Table], heading: str, rows: int) -> None:
    table = tables[heading]

    assert len(table.rows) == rows
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_every_table_has_its_place_on_the_page(tables: dict[str, Table]) -> None:
    page = PAGE.read_text(encoding="utf-8")

    for table in tables.values():
        assert table.markdown() in written(page, table)
        assert written(written(page, table), table).count("|") == written(page, table).count("|")


TABLE = Table("Size", ("bundle", "zipped"), [("alarm", "7.6"), ("verify", "12.0")])


def test_a_table_is_markdown_that_reads_well_as_it_stands() -> None:
    assert TABLE.markdown() == (
        "| bundle | zipped |\n| ------ | -----: |\n| alarm  |    7.6 |\n| verify |   12.0 |"
    )


def test_a_table_is_written_in_place_of_the_one_under_its_heading() -> None:
    page = "## Cold\n\n| a |\n| - |\n\n## Size\n\nMB.\n\n| old |\n| --- |\n\nMore.\n"

    assert written(page, TABLE) == (
        f"## Cold\n\n| a |\n| - |\n\n## Size\n\nMB.\n\n{TABLE.markdown()}\n\nMore.\n"
    )


def test_the_99th_percentile_is_a_value_that_was_measured() -> None:
    assert percentile(range(1, 201), 99) == 199
    assert percentile([5], 99) == 5


def test_an_aim_that_is_missed_is_marked() -> None:
    assert versus(0.35, 0.35) == "≤ 0.35"
    assert versus(2.49, 1.3) == "≤ 1.3 missed"


def test_a_function_that_fails_is_an_error_and_no_quick_one(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("def handler(event, context): raise ValueError('no')\n")
    code = Code.bundle(tmp_path)
    failing, nothing = (
        Contestant(name, "alarm", "failing.handler", code) for name in ("failing", NOTHING)
    )

    with Scene([failing, nothing]) as scene, pytest.raises(FunctionFailedError, match="no"):
        scene.run(failing, b"{}")
