"""How the ledger's values lie in the store: their keys, and their bytes.

A body is canonical JSON, packed by zlib where it is long, because an item holds 400 KB at most. An
object says in which `format` it was written. Fields that this version does not know are kept as
they are; a format that it does not know is not touched.
"""

from __future__ import annotations

import zlib
from typing import Any, TypeVar

import msgspec

from lastgood.domain import canonical, journal
from lastgood.domain.errors import LastgoodError
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import Head
from lastgood.ports import Key, Record

T = TypeVar("T")

FORMAT = 1
"""Raised when an older version must not go on with what this one writes."""
PACKED = b"\x78"
"""How what zlib packs begins, and JSON does not."""
LONG = 8 * 1024
"""Bytes from which on a body is packed."""
LARGEST = 200 * 1024
"""Bytes that a value which can be cut should not exceed: half of what an item holds."""

FLEET = Key("fleet", "state")
OUTBOX = Key("outbox", "pending")
"""Events that could not be published yet."""


COPIES = "copies"
"""The partition of all copies, by their names."""
BACKUPS = "backups"
"""The partition of all backups that were made of what a restore overwrites, by their names."""
IDENTITY = Key("ledger", "identity")
"""What tells this ledger from another."""


class NewerRecordError(LastgoodError):
    """A record of a format that only a newer version understands."""

    code = "newer-record"


def opened(incident: str) -> Key:
    """Where an incident is kept as it was first delivered."""
    return Key(f"incident#{incident}", "opened")


def recovery(incident: str) -> Key:
    """Where an incident stands."""
    return Key(f"incident#{incident}", "recovery")


def improved(incident: str) -> Key:
    """The incident with what later deliveries of its transition brought."""
    return Key(f"incident#{incident}", "improved")


def announced(incident: str) -> Key:
    """Which move of an incident was announced last."""
    return Key(f"incident#{incident}", "announced")


def callback(incident: str, plan_hash: str) -> Key:
    """How to wake the execution that waits for a person's word on a plan."""
    return Key(f"incident#{incident}", f"callback#{plan_hash[:16]}")


def only_callback(incident: str) -> Key:
    """The same in records of the first release, whichever the plan."""
    return Key(f"incident#{incident}", "callback")


def copy(name: str) -> Key:
    """What is known of a copy."""
    return Key(COPIES, name)


def backup(name: str) -> Key:
    """What is known of a backup."""
    return Key(BACKUPS, name)


def head(chain: str) -> Key:
    """The end of a journal chain; for that of an instance, who holds it and its past as well."""
    return Key(f"chain#{chain}", "head")


def cleared(source: str) -> Key:
    """When an alarm last went back to OK."""
    return Key(f"alarm#{source}", "cleared")


def standing(source: str) -> Key:
    """How an alarm stands by the latest of its transitions that was taken in."""
    return Key(f"alarm#{source}", "standing")


def finding(instance: str) -> Key:
    """What the last sweep found of an instance."""
    return Key(f"finding#{instance}", "last")


def drill(name: str) -> Key:
    """How a drill went."""
    return Key(f"drill#{name}", "report")


def last_drill(instance: str) -> Key:
    """The same of the last drill of an instance."""
    return Key(f"drills#{instance}", "last")


def entries(chain: str) -> str:
    """The partition of a chain's entries, which sort by their number."""
    return f"journal#{chain}"


def read(record: Record, kind: type[T]) -> T:
    """The value of a record; the kind's own defaults where nothing has been written yet.

    Raises:
        NewerRecordError: it has a format that this version does not understand.
    """
    return canonical.decode(_unpacked(record) if record.body else b"{}", kind)


def put(record: Record, value: object) -> Record:
    """The record with another value, ready to be committed."""
    plain = _plain(value)
    if record.body:
        old = msgspec.json.decode(_unpacked(record))
        known = _plain(canonical.decode(_unpacked(record), type(value)))
        plain = _carried(old, known, plain)
    if isinstance(plain, dict):
        plain["format"] = FORMAT
    return record._replace(body=_packed(canonical.encode(plain)))


def size(value: object) -> int:
    """How many bytes a value takes in the store."""
    return len(_packed(canonical.encode(value)))


def _packed(body: bytes) -> bytes:
    return zlib.compress(body) if len(body) > LONG else body


def _unpacked(record: Record) -> bytes:
    body = record.body
    if body.startswith(PACKED):
        body = zlib.decompress(body)
    if body.startswith(b"{"):
        written = msgspec.json.decode(body, type=_Written).format
        if written > FORMAT:
            message = f"the ledger's record {'/'.join(record.key)} has format {written}"
            hint = "use a version of lastgood at least as new as the one that wrote it"
            raise NewerRecordError(message, hint)
    return body


class _Written(msgspec.Struct):
    format: int = 0


def _plain(value: object) -> Any:
    return msgspec.json.decode(canonical.encode(value))


def _carried(old: Any, known: Any, new: Any) -> Any:
    """The new value with what stood in the old one and this version does not know."""
    if new == known:
        return old
    if isinstance(old, list) and isinstance(known, list) and isinstance(new, list):
        return [old[known.index(one)] if one in known else one for one in new]
    if not (isinstance(old, dict) and isinstance(known, dict) and isinstance(new, dict)):
        return new
    unknown = {key: value for key, value in old.items() if key not in known}
    return unknown | {
        key: _carried(old[key], known[key], value) if key in known and key in old else value
        for key, value in new.items()
    }


def journaled(head_record: Record, head: Head, line: Line) -> list[Record]:
    """The journal's next entry and the head that points to it, ready to be committed."""
    chain = head_record.key.partition.removeprefix("chain#")
    entry = journal.append(head, chain, line)
    key = Key(entries(chain), f"{entry.seq:012d}")
    return [put(head_record, head.reaching(entry)), put(Record(key, 0, b""), entry)]
