"""A copy of the sandbox's RDS has the rows of its source as they were, whatever was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.huawei.rds.instance import RdsInstance
from sandbox.huawei.rds.rows import Rows, Tables

START = datetime(2026, 2, 17, 10, tzinfo=UTC)
HORIZON = 3600


class Change(NamedTuple):
    second: int
    table: str
    key: str
    value: int | None


CHANGES = st.lists(
    st.builds(
        Change,
        second=st.integers(0, HORIZON),
        table=st.sampled_from(["orders", "lines"]),
        key=st.sampled_from("abc"),
        value=st.none() | st.integers(0, 9),
    ),
    max_size=20,
).map(lambda changes: sorted(changes, key=lambda change: change.second))


def replayed(changes: list[Change], second: int) -> Tables:
    """What the rows must be: the last value of each key, without those that were deleted."""
    last = {
        (change.table, change.key): change.value for change in changes if change.second <= second
    }
    tables: Tables = {}
    for (table, key), value in last.items():
        if value is not None:
            tables.setdefault(table, {})[key] = {"value": value}
    return tables


@given(CHANGES, st.integers(0, HORIZON), CHANGES)
def test_a_copy_has_the_rows_of_the_moment_and_no_later_ones(
    before: list[Change], second: int, later: list[Change]
) -> None:
    clock = Clock.frozen(START)
    source = RdsInstance("dsfae23fsfdsae3435in01", "orders-db", clock)
    write(source, clock, before, START)
    clock.advance_to(START + timedelta(hours=2))
    moment = START + timedelta(seconds=second)

    with clock.turn() as now:
        made, task = source.copy(
            "a-copy", moment, now, shape=source.shape, retention=timedelta(days=1), password=None
        )
    write(source, clock, later, START + timedelta(hours=3))
    clock.advance_to(START + timedelta(hours=5))

    assert task.status == "Completed"
    assert made.tables == replayed(before, second) == source.tables_at(moment)


def write(instance: RdsInstance, clock: Clock, changes: list[Change], start: datetime) -> None:
    for change in changes:
        clock.advance_to(start + timedelta(seconds=change.second))
        if change.value is None:
            instance.remove(change.table, change.key)
        else:
            instance.put(change.table, change.key, {"value": change.value})


def test_a_row_that_is_changed_outside_stays_as_it_was_written() -> None:
    rows, row = Rows(), {"status": "paid"}
    rows.change(START, "orders", "1", row)

    row["status"] = "changed"
    rows.as_of(START)["orders"].clear()

    assert rows.as_of(START) == {"orders": {"1": {"status": "paid"}}}
