"""`make bench-sweep` runs, and its every way of reading gives each instance its verdict."""

from __future__ import annotations

from benchmarks.sweep import sweeps


def test_every_way_is_measured_and_leaves_no_instance_without_a_verdict() -> None:
    table = sweeps([(0, 10)], runs=1, least=10)

    assert len(table.rows) == 5
    for row in table.rows:
        measured = dict(zip(table.columns, row, strict=True))
        assert float(measured["CPU ms each"]) > 0
        assert measured["unknown"] == "0"
        assert 1 <= int(measured["connections"]) <= 20
