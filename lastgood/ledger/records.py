"""How the ledger's values lie in the store: their keys, and their bytes."""

from __future__ import annotations

from typing import TypeVar

from lastgood.domain import canonical, journal
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import Head
from lastgood.ports import Key, Record

T = TypeVar("T")

FLEET = Key("fleet", "state")


def opened(incident: str) -> Key:
    """Where an incident is kept as it was first delivered."""
    return Key(f"incident#{incident}", "opened")


def recovery(incident: str) -> Key:
    """Where an incident stands."""
    return Key(f"incident#{incident}", "recovery")


def callback(incident: str) -> Key:
    """How to wake the execution that waits for a person."""
    return Key(f"incident#{incident}", "callback")


def head(chain: str) -> Key:
    """The end of a journal chain; for that of an instance, who holds it and its past as well."""
    return Key(f"chain#{chain}", "head")


def cleared(source: str) -> Key:
    """When an alarm last went back to OK."""
    return Key(f"alarm#{source}", "cleared")


def finding(instance: str) -> Key:
    """What the last sweep found of an instance."""
    return Key(f"finding#{instance}", "last")


def entries(chain: str) -> str:
    """The partition of a chain's entries, which sort by their number."""
    return f"journal#{chain}"


def read(record: Record, kind: type[T]) -> T:
    """The value of a record; the kind's own defaults where nothing has been written yet."""
    return canonical.decode(record.body or b"{}", kind)


def put(record: Record, value: object) -> Record:
    """The record with another value, ready to be committed."""
    return record._replace(body=canonical.encode(value))


def journaled(head_record: Record, head: Head, line: Line) -> list[Record]:
    """The journal's next entry and the head that points to it, ready to be committed."""
    chain = head_record.key.partition.removeprefix("chain#")
    entry = journal.append(head, chain, line)
    key = Key(entries(chain), f"{entry.seq:012d}")
    return [put(head_record, head.reaching(entry)), Record(key, 0, canonical.encode(entry))]
