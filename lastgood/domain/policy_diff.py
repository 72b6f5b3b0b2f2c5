"""What changes when one policy takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from lastgood.domain import canonical
from lastgood.domain.policy import Policy

What = Literal["added", "removed", "changed"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One table that comes or goes, or one key of a table that has another value.

    The defaults count where they apply, in each instance; `name` is the instance's.
    """

    place: str
    name: str | None
    what: What
    key: str | None = None
    before: Any = None
    after: Any = None


def changes(old: Policy, new: Policy) -> list[Change]:
    """What changes: tables first, then modes, then all else, each in the order of the file."""
    before, after = dict(_tables(old)), dict(_tables(new))
    found = [_of(place, table, "added") for place, table in after.items() if place not in before]
    found += [_of(place, table, "removed") for place, table in before.items() if place not in after]
    differing = [
        msgspec.structs.replace(_of(place, now, "changed"), key=key, before=was, after=now.get(key))
        for place, now in after.items()
        for key, was in before.get(place, {}).items()
        if was != now.get(key)
    ]
    return found + sorted(differing, key=lambda change: change.key != "mode")


def _of(place: str, table: dict[str, Any], what: What) -> Change:
    return Change(place=place, name=table.get("name"), what=what)


def _tables(policy: Policy) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, cloud in policy.cloud.items():
        yield f"cloud.{name}", dict(_values(_plain(cloud)))
    yield "fleet", dict(_values(_plain(policy.fleet)))
    for instance in policy.instance:
        yield f"instance {instance.id}", dict(_values(_plain(instance)))


def _plain(table: msgspec.Struct) -> dict[str, Any]:
    return canonical.decode(canonical.encode(table), dict[str, Any])


def _values(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a table, and of the tables in it, under a dotted key."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _values(value, f"{path}{key}.")
        else:
            yield path + key, value
