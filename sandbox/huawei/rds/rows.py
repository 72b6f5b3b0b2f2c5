"""The rows of a sandbox database, with all that ever happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

__all__ = ["Rows", "Tables"]

Tables = dict[str, dict[str, Mapping[str, Any]]]
"""Rows by table and key."""


class Rows:
    """Every change with its moment, in order, so that the rows of any moment can be had."""

    def __init__(self) -> None:
        self._changes: list[tuple[datetime, str, str, Mapping[str, Any] | None]] = []

    def change(self, at: datetime, table: str, key: str, row: Mapping[str, Any] | None) -> None:
        """Write a row; None deletes it. Changes come in the order of their moments."""
        self._changes.append((at, table, key, deepcopy(row)))

    def as_of(self, moment: datetime) -> Tables:
        """Return the rows after everything that happened up to a moment, which is included."""
        tables: Tables = {}
        for at, table, key, row in self._changes:
            if at > moment:
                break
            rows = tables.setdefault(table, {})
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = deepcopy(row)
        return {table: rows for table, rows in tables.items() if rows}

    def fill(self, at: datetime, tables: Tables) -> None:
        """Write all rows of some tables at once."""
        for table, rows in tables.items():
            for key, row in rows.items():
                self.change(at, table, key, row)
