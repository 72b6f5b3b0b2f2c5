"""docs/reference/errors.md against the table that it describes."""

from __future__ import annotations

from pathlib import Path

from lastgood.huawei.errors import BACKUPS_TABLE, RDS_TABLE, TABLE, Row

PAGE = Path(__file__).parents[2].joinpath("docs/reference/errors.md").read_text(encoding="utf-8")


def spelt(row: Row) -> str:
    """A row of the table as the page shows it."""
    first, last = row.statuses[0], row.statuses[-1]
    status = str(first) if first == last else f"{first}-{last}"
    codes = ", ".join(f"`{code}`" for code in sorted(row.codes)) or "any"
    return f"| {status} | {codes} | {row.because} | {row.read} | {row.put} |"


def test_the_page_shows_every_row_of_the_table_and_those_that_others_have_for_themselves() -> None:
    shown = [line for line in PAGE.splitlines() if line.startswith("| ") and line[2].isdigit()]

    of_rds = [row for row in RDS_TABLE if row not in TABLE]
    of_backups = [row for row in BACKUPS_TABLE if row not in TABLE]
    assert shown == [spelt(row) for row in (*TABLE, *of_rds, *of_backups)]
