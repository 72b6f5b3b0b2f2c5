"""docs/reference/events/README.md against the events that are published."""

from __future__ import annotations

from typing import get_args

from lastgood.domain.events import Kind, RecoveryEvent
from tests.docs.pages import codes, rows, text_of

TABLES = rows(text_of("docs/reference/events/README.md"))


def test_the_page_has_every_detail_type() -> None:
    assert [codes(row[0])[0] for row in TABLES if "(" in row[2]] == list(get_args(Kind))


def test_the_page_explains_every_length_of_a_recovery() -> None:
    lengths = {name for name in RecoveryEvent.__struct_fields__ if name.endswith("_seconds")}

    assert {codes(row[0])[0] for row in TABLES if "(" not in row[2]} == lengths


def test_what_tells_a_repetition_is_in_the_event() -> None:
    assert {"incident", "state", "plan_hash"} <= set(RecoveryEvent.__struct_fields__)
