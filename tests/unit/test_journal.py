from __future__ import annotations

import msgspec
import pytest

from lastgood.domain.journal import End, Entry, Line, append, first_broken
from lastgood.domain.lifecycle import Head
from tests.support.builders import at


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    end = End()
    for n in range(length):
        line = Line(at=at("11:54:00"), kind=f"kind-{n}", incident="i", detail={"n": n})
        entries.append(append(end, "chain", line))
        end = End(entries[-1].seq, entries[-1].hash)
    return entries


def end_of(entries: list[Entry]) -> End:
    return End(entries[-1].seq, entries[-1].hash) if entries else End()


def test_an_entry_holds_the_line_its_place_and_a_hash_that_never_changes() -> None:
    line = Line(at=at("11:54:00"), kind="kind", incident="i", detail={"n": 1})

    entry = append(End(4, "of-the-fourth"), "chain", line)

    assert entry == Entry(
        chain="chain",
        seq=5,
        at=at("11:54:00"),
        kind="kind",
        incident="i",
        detail={"n": 1},
        previous="of-the-fourth",
        hash="2da3e14b28832b0c4a2a7bc9f550126cb79e29cec2520d237b60ee4af0818764",
    )


def test_the_first_line_of_a_chain_follows_nothing_and_need_not_concern_an_incident() -> None:
    entry = append(End(), "chain", Line(at=at("11:54:00"), kind="kind"))

    assert (entry.seq, entry.previous, entry.incident, entry.detail) == (1, "", None, None)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_chain_that_nobody_touched_is_whole(length: int) -> None:
    entries = chain(length)

    assert first_broken(entries, end_of(entries)) is None


def test_the_end_of_an_instances_chain_holds_more_and_is_an_end_all_the_same() -> None:
    entries = chain(2)
    head = Head(seq=2, hash=entries[-1].hash, active="incident-1")

    assert first_broken(entries, head) is None


@pytest.mark.parametrize(
    "change",
    [{"kind": "other"}, {"detail": {"n": 9}}, {"at": at("11:55:00")}, {"incident": None}],
)
def test_an_altered_entry_is_named(change: dict[str, object]) -> None:
    entries = chain(5)
    entries[2] = msgspec.structs.replace(entries[2], **change)

    kind = change.get("kind", "kind-2")
    assert first_broken(entries, end_of(entries)) == f"entry 3 ({kind}) was altered"


def test_an_altered_entry_that_was_hashed_again_breaks_the_link_to_the_next() -> None:
    entries = chain(5)
    forged = Line(at=at("11:54:00"), kind="forged", incident="i")
    entries[2] = append(End(2, entries[1].hash), "chain", forged)

    told = "entry 4 does not follow the entry 3 that is there"
    assert first_broken(entries, end_of(entries)) == told


def test_a_missing_entry_is_named() -> None:
    entries = chain(5)
    end = end_of(entries)
    del entries[1]

    assert first_broken(entries, end) == "entry 2 is missing; entry 3 follows 1"


def test_a_chain_that_was_cut_off_at_its_tail_is_found() -> None:
    entries = chain(5)

    broken = first_broken(entries[:3], end_of(entries))

    assert broken == "entry 3 is the last, but the chain once reached entry 5"


def test_entries_that_changed_places_are_found() -> None:
    entries = chain(3)

    swapped = [entries[1], entries[0], entries[2]]
    assert first_broken(swapped, end_of(entries)) == "entry 1 is missing; entry 2 follows 0"
