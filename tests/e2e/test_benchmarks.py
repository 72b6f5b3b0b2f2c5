"""Every benchmark runs, once and quickly; what it measures is asserted by nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import QUICK, bundles_in, run
from benchmarks.cost import METRICS_EACH, Durations, bill
from benchmarks.figures import Figure, percentile
from benchmarks.process import FunctionFailedError, MeasuredProcess
from benchmarks.table import Table
from sandbox.aws.account import function_arn
from sandbox.aws.runtime import Code


@pytest.fixture(scope="module")
def tables(bundles: Path) -> dict[str, Table]:
    return {table.heading: table for table in run((), bundles_in(bundles), QUICK)}


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("Cold start", 15),
        ("Warm alarm", 2),
        ("Deciding", 6),
        ("Firing", 3),
        ("Size", 4),
        ("Memory", 3),
        ("Cost", 7),
    ],
)
def test_every_part_fills_its_table(tables: dict[str, Table], heading: str, rows: int) -> None:
    table = tables[heading]

    assert len(table.rows) == rows
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_table_is_markdown_that_reads_well_as_it_stands() -> None:
    table = Table("Size", "MB.", ("bundle", "zipped"), [("alarm", "7.6"), ("verify", "12.0")])

    assert table.markdown() == (
        "## Size\n\nMB.\n\n"
        "| bundle | zipped |\n"
        "| ------ | -----: |\n"
        "| alarm  |    7.6 |\n"
        "| verify |   12.0 |"
    )


def test_a_figure_is_not_moved_by_one_outlier() -> None:
    assert Figure.of([1, 2, 3, 4, 1000]) == Figure(middle=3, low=2, high=4)
    assert Figure.of([7]) == Figure(7, 7, 7)


def test_the_99th_percentile_is_a_value_that_was_measured() -> None:
    assert percentile(range(1, 201), 99) == 199
    assert percentile([5], 99) == 5


def test_the_bill_of_more_instances_grows_and_its_metrics_are_priced_in_steps() -> None:
    few, many = (bill(Durations(1, 1, 0.1), instances) for instances in (10, 100_000))

    assert few["metrics"] == pytest.approx(10 * METRICS_EACH * 0.30)
    assert many["metrics"] == pytest.approx(10_000 * 0.30 + 240_000 * 0.10 + 150_000 * 0.05)
    assert sum(few.values()) < sum(many.values())


def test_a_function_that_fails_is_an_error_and_no_quick_one(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("def handler(event, context): raise ValueError('no')\n")
    process = MeasuredProcess("failing.handler", Code.bundle(tmp_path), {}, function_arn("failing"))

    with process, pytest.raises(FunctionFailedError, match="no"):
        process.invoke(b"{}")
