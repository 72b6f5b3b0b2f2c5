"""The journal: what was decided and done, each entry holding the hash of the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from lastgood.domain import canonical


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth remembering: when, what kind of thing, of which incident, and the facts."""

    at: datetime
    kind: str
    incident: str | None = None
    detail: Any = None


class Entry(Line, frozen=True, kw_only=True):
    """A line in its place in a chain."""

    chain: str
    seq: int
    previous: str
    hash: str = ""


class End(msgspec.Struct, frozen=True):
    """How far a chain reaches: the number and the hash of its last entry."""

    seq: int = 0
    hash: str = ""


def append(end: End, chain: str, line: Line) -> Entry:
    """Put a line behind the end of a chain."""
    entry = Entry(
        chain=chain,
        seq=end.seq + 1,
        at=line.at,
        kind=line.kind,
        incident=line.incident,
        detail=line.detail,
        previous=end.hash,
    )
    return msgspec.structs.replace(entry, hash=_hash(entry))


def first_broken(entries: Iterable[Entry], end: End) -> str | None:
    """Say where a chain is broken first: an entry altered, missing or out of place; None if whole.

    `end` is kept apart from the entries, so that a chain cut off at its tail is found as well.
    """
    reached = End()
    for entry in entries:
        if entry.seq != reached.seq + 1:
            return f"entry {reached.seq + 1} is missing; entry {entry.seq} follows {reached.seq}"
        if entry.previous != reached.hash:
            return f"entry {entry.seq} does not follow the entry {reached.seq} that is there"
        if entry.hash != _hash(entry):
            return f"entry {entry.seq} ({entry.kind}) was altered"
        reached = End(entry.seq, entry.hash)
    if (reached.seq, reached.hash) != (end.seq, end.hash):
        return f"entry {reached.seq} is the last, but the chain once reached entry {end.seq}"
    return None


def _hash(entry: Entry) -> str:
    return canonical.digest(msgspec.structs.replace(entry, hash=""))
