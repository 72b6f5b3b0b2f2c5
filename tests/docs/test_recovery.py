"""docs/reference/recovery.md against the state machine, the journal and the table."""

from __future__ import annotations

import re
from typing import get_args

from lastgood.domain.lifecycle import MOVES, State
from lastgood.ledger import records
from tests.docs.pages import ROOT, codes, rows, section, text_of

PAGE = "docs/reference/recovery.md"
KIND = re.compile(r'\bkind="([\w-]+)"|(?:_note\(world, [^,]+|forget\(\w+), "([\w-]+)"')


def test_the_diagram_shows_every_move() -> None:
    drawn = re.findall(r"^    (\S+) --> (\w+)", text_of(PAGE), re.MULTILINE)

    assert {(state(before), state(after)) for before, after in drawn} == {
        (before, after) for before, afters in MOVES.items() for after in afters
    }


def state(drawn: str) -> str | None:
    return None if drawn == "[*]" else drawn.replace("_", "-")


def test_the_page_has_every_kind_of_journal_entry() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("lastgood/**/*.py"))
    written = {one or other for one, other in KIND.findall(code)}
    documented = {
        kind
        for row in rows(section(PAGE, "## The journal"))
        if row[1].startswith(("when", "at", "for"))
        for kind in codes(row[0])
    }

    assert {"alarm", "decided", "ignored", "unreadable", "halted", "resumed"} <= written
    assert documented == written | set(get_args(State))


def test_the_page_has_every_record_of_the_table() -> None:
    keys = {
        records.opened("<id>"),
        records.recovery("<id>"),
        records.improved("<id>"),
        records.announced("<id>"),
        records.callback("<id>", "<hash>"),
        records.OUTBOX,
        records.head("<chain>"),
        (records.entries("<chain>"), f"{1:012d}"),
        records.cleared("<arn>"),
        records.standing("<arn>"),
        records.finding("<instance>"),
        records.FLEET,
    }

    table = rows(section(PAGE, "## The table"))

    assert {(codes(row[0])[0], codes(row[1])[0]) for row in table} == keys
