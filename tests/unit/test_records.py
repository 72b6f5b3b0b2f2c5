"""How records lie in the store: their size, their format, and what a newer version wrote."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from lastgood.domain import canonical
from lastgood.domain.lifecycle import Head, Recovery
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import Suspect
from lastgood.ledger import Ledger, NewerRecordError, records
from lastgood.ports import Key, Record
from lastgood.workflows.deciding import Decided
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeStore, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154

KEY = Key("somewhere", "here")
LIMIT = 400 * 1024
"""What an item of DynamoDB holds."""


def written(value: object) -> Record:
    return records.put(Record(KEY, 0, b""), value)._replace(version=1)


def plain(record: Record) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(record.body)
    return found


def newer(record: Record, **fields: object) -> Record:
    """The record as a newer version would have written it."""
    return record._replace(body=msgspec.json.encode(plain(record) | fields))


def head(*names: str) -> Head:
    return Head(
        suspects=tuple(
            Suspect(incident=n, source="arn", changed_at=at("11:50:00"), onset=at("11:45:00"))
            for n in names
        )
    )


def test_a_record_says_its_format() -> None:
    assert plain(written(Head()))["format"] == records.FORMAT


def test_a_record_of_the_first_release_which_had_no_format_is_read() -> None:
    old = Record(KEY, 1, b'{"seq":3,"hash":"abc"}')

    assert records.read(old, Head).seq == 3


def test_a_record_of_a_newer_format_is_neither_read_nor_written_over() -> None:
    record = newer(written(Head()), format=records.FORMAT + 1)

    with pytest.raises(NewerRecordError, match="somewhere/here has format 2"):
        records.read(record, Head)
    with pytest.raises(NewerRecordError):
        records.put(record, Head(seq=1))


def test_a_recovery_that_meets_a_newer_record_does_nothing_and_fails() -> None:
    world = world_at_1154()
    start(incident(), world)
    key = records.head(REDIS)
    world.store.records[key] = newer(world.store.records[key], format=99)
    before = dict(world.store.records)

    with pytest.raises(Exception, match="has format 99"):
        recover(incident(), FakeFlow(), world)

    assert world.store.records == before
    assert world.cloud.restores == []


def test_fields_that_this_version_does_not_know_survive_its_writes() -> None:
    record = newer(written(Head(seq=1)), owner="another team")

    again = records.put(record, Head(seq=2, active="incident-1"))

    assert plain(again) | {"owner": "another team", "seq": 2, "active": "incident-1"} == plain(
        again
    )


def test_unknown_fields_of_what_stands_in_a_list_survive_when_the_list_changes() -> None:
    record = written(head("a", "b"))
    suspects = [one | {"severity": 3} for one in plain(record)["suspects"]]  # type: ignore[attr-defined]
    record = newer(record, suspects=suspects)

    again = records.put(record, head("b", "c"))

    kept = plain(again)["suspects"]
    assert [one.get("severity") for one in kept] == [3, None]  # type: ignore[attr-defined]


def test_a_field_that_is_left_out_because_it_is_the_default_again_does_not_stay() -> None:
    strong = msgspec.structs.replace(incident(), caution="the alarm was only just configured")
    record = written(strong)

    again = records.put(record, incident())

    assert "caution" not in plain(again)
    assert records.read(again, type(strong)) == incident()


def test_unknown_fields_within_a_value_that_changes_survive() -> None:
    recovery = Recovery(
        incident="i", instance=REDIS, state="refused", changed_at=at("11:50:00"), reason="a"
    )
    record = newer(written(recovery), approval={"by": "ada", "at": "2026-02-17T11:50:00Z", "x": 1})

    again = records.put(
        record,
        msgspec.structs.replace(
            recovery,
            approval=msgspec.structs.replace(
                records.read(record, Recovery).approval,  # type: ignore[type-var]
                by="grace",
            ),
        ),
    )

    assert plain(again)["approval"] == {"by": "grace", "at": "2026-02-17T11:50:00Z", "x": 1}


def test_a_long_record_is_packed_and_read_back() -> None:
    long = head(*(f"incident-{n}" for n in range(200)))

    record = written(long)

    assert record.body.startswith(records.PACKED)
    assert len(record.body) < records.LONG
    assert records.read(record, Head) == long
    assert records.read(records.put(record, msgspec.structs.replace(long, seq=9)), Head).seq == 9


# How large entries become


def world_with_companions(count: int, drawn: random.Random) -> FakeWorld:
    """An instance with so many companions, each with a point every five minutes for seven days."""
    ids = [f"{n:032x}in12" for n in range(count)]
    tables = "".join(
        f'[[instance]]\nid = "{one}"\nname = "c{n}"\ncloud = "prod"\nservice = "geminidb-redis"\n'
        for n, one in enumerate(ids)
    )
    names = ", ".join(f'"c{n}"' for n in range(count))
    policy = parse_policy(
        POLICY.replace('mode = "auto"', f'mode = "auto"\ncompanions = [{names}]') + tables
    )
    world = FakeWorld(policy)
    for one in (REDIS, *ids):
        moments = [
            at("11:53:00") - timedelta(minutes=5 * n, seconds=drawn.randrange(60))
            for n in range(2016)
        ]
        world.cloud.add_points(one)
        world.cloud.instances[one].points = [
            text
            for moment in moments
            for text in service_times(f"{moment:%H:%M:%S}", day=f"{moment:%Y-%m-%d}")
        ]
    return world


@pytest.mark.parametrize(("companions", "most"), [(4, LIMIT // 4), (60, LIMIT // 4)])
def test_the_entry_of_a_decision_stays_far_below_what_an_item_holds(
    companions: int, most: int
) -> None:
    world = world_with_companions(companions, random.Random(1))  # noqa: S311 - to draw times

    recover(incident(), FakeFlow(), world)

    (decided,) = [e for e in world.ledger.entries(REDIS) if e.kind == "decided"]
    assert len(decided.detail["readings"]["companions"]) == companions
    evidence = msgspec.convert(decided.detail, Decided, dec_hook=canonical.read_hook)
    assert canonical.encode(evidence.again()) == canonical.encode(evidence.decision)
    assert max(len(record.body) for record in world.store.records.values()) < most


def test_a_store_that_is_new_has_nothing_in_it() -> None:
    ledger = Ledger(FakeStore())

    assert ledger.pending() == ()
    assert ledger.callback("incident-1", "0" * 64) is None
