"""Reading the policy file, strictly.

Anything that is not understood is an error with its place, what was found and what is allowed: a
typo in a recovery policy has to show itself before the incident.
"""

from __future__ import annotations

import copy
import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from lastgood.domain import canonical, times
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import (
    CloudEntry,
    CopyRules,
    Endpoints,
    Fleet,
    Instance,
    Objective,
    Policy,
    Rules,
)
from lastgood.domain.services import service_of

T = TypeVar("T", bound=msgspec.Struct)


class PolicyFaultError(PolicyError):
    """One thing that is wrong in a policy, and the keys and indexes that lead to it."""

    def __init__(self, message: str, hint: str, keys: tuple[str | int, ...]) -> None:
        super().__init__(message, hint)
        self.keys = keys


class _Place(NamedTuple):
    """A place in the file: as a person reads it, and as the keys that lead to it."""

    text: str
    keys: tuple[str | int, ...]

    def below(self, text: str, *keys: str | int) -> _Place:
        return _Place(self.text + text, self.keys + keys)


Report = Callable[[PolicyFaultError], None]


def parse_policy(text: str) -> Policy:
    """Read the TOML of a policy file.

    Raises:
        PolicyError: it is no TOML, or breaks the contract; the message names the place.
    """
    return _read(load(text), _refuse)


def faults_in(document: dict[str, Any]) -> list[PolicyFaultError]:
    """Everything that is wrong in a policy, where `parse_policy` ends at the first.

    What a table refers to is checked once the table itself is right.
    """
    found: list[PolicyFaultError] = []
    _read(document, found.append)
    return found


def load(text: str) -> dict[str, Any]:
    """The tables of a policy file, before any of them is checked.

    Raises:
        PolicyError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a huge number or deep nesting is not wrapped
        raise PolicyError(f"the policy is not TOML: {error}", "correct that line") from error


def _refuse(fault: PolicyFaultError) -> None:
    raise fault


def _read(document: dict[str, Any], report: Report) -> Policy:
    """What is right in the file; each fault is reported, and if `report` returns, read on."""
    _check_top(document, report)
    defaults = _table(document, "defaults", report)
    if _convert(defaults, Rules, _Place("defaults", ("defaults",)), report) is None:
        defaults = {}
    named = _table(document, "cloud", report)
    clouds = {}
    for name, table in named.items():
        place = _Place(f"cloud.{name}", ("cloud", name))
        if cloud := _convert(table, CloudEntry, place, report):
            clouds[name] = cloud
            _check_endpoints(cloud.endpoints, place.below(".endpoints", "endpoints"), report)
    fleet_table = _table(document, "fleet", report)
    fleet = _convert(fleet_table, Fleet, _Place("fleet", ("fleet",)), report) or Fleet()
    instances = {}
    unread = set()
    for place, table in _places(document, report):
        entry = {**defaults, **table} if isinstance(table, dict) else table
        if instance := _convert(entry, Instance, place, report):
            instances[place] = instance
        elif isinstance(table, dict):
            unread |= {key for key in (table.get("id"), table.get("name")) if isinstance(key, str)}
    policy = Policy(cloud=clouds, fleet=fleet, instance=tuple(instances.values()))
    counts = Counter(
        key
        for instance in policy.instance
        for key in {instance.id, instance.name, *instance.known_as}
    )
    for place, instance in instances.items():
        for key, *fault in _faults(policy, instance, counts, tuple(named), unread):
            first = key.partition("[")[0]
            report(_wrong(place.below(f".{key}", first), *fault))
    return policy


def _check_top(document: dict[str, Any], report: Report) -> None:
    known = ("version", "cloud", "defaults", "fleet", "instance")
    for key in document:
        if key not in known:
            right = f"one of {', '.join(known)}"
            place = _Place(key, (key,))
            report(_wrong(place, "found an unknown key", right, _near(key, known)))
    if type(document.get("version")) is not int or document["version"] != 1:
        found = _found("version", document["version"]) if "version" in document else "it is missing"
        report(_wrong(_Place("version", ("version",)), found, "version = 1"))
    if not document.get("instance"):
        right = "at least one [[instance]] table"
        report(_wrong(_Place("instance", ("instance",)), "no instance is named", right))


def _table(document: dict[str, Any], key: str, report: Report) -> dict[str, Any]:
    table = document.get(key, {})
    if isinstance(table, dict):
        return table
    report(_wrong(_Place(key, (key,)), f"found {_kind(table)}", "a table"))
    return {}


def _places(document: dict[str, Any], report: Report) -> list[tuple[_Place, Any]]:
    """Each `[[instance]]` with its place in the file, by number and, where it has one, by name."""
    tables = document.get("instance") or []
    if not isinstance(tables, list):
        right = "[[instance]], in double brackets"
        report(_wrong(_Place("instance", ("instance",)), f"found {_kind(tables)}", right))
        return []
    places = []
    for n, table in enumerate(tables):
        name = table.get("name") if isinstance(table, dict) else None
        text = f"instance[{n}]" + (f" ({name})" if isinstance(name, str) else "")
        places.append((_Place(text, ("instance", n)), table))
    return places


def _convert(table: Any, kind: type[T], place: _Place, report: Report) -> T | None:
    """The table as what it means; None if something in it is wrong."""
    if not isinstance(table, dict):
        report(_wrong(place, f"found {_kind(table)}", "a table"))
        return None
    try:
        return msgspec.convert(table, kind, dec_hook=canonical.read_hook)
    except msgspec.ValidationError as error:
        reason = str(error)
    rest = copy.deepcopy(table)
    missing = [field.name for field in msgspec.structs.fields(kind) if field.required]
    while not (absent := re.match("Object missing required field", reason)):
        keys = _report_one(reason, rest, kind, place, report)
        _take_out(rest, keys)
        try:
            msgspec.convert(rest, kind, dec_hook=canonical.read_hook)
        except msgspec.ValidationError as error:
            reason = str(error)
        else:
            break
    # msgspec looks for what is missing last, when all the rest is right.
    for key in missing if absent else ():
        if key not in table:
            report(_wrong(place, f"{key!r} is missing", f"a line {key} = …"))
    return None


def _report_one(
    reason: str, table: Any, kind: type[msgspec.Struct], place: _Place, report: Report
) -> tuple[str | int, ...]:
    """Report what msgspec says; return the keys that lead to it."""
    # The path is what comes last: a key or a value may itself look like one.
    what = re.sub(r" - at `\$[^`]*`\Z", "", reason)
    path = reason[len(what) :].removeprefix(" - at `$").removesuffix("`")
    keys: tuple[str | int, ...] = tuple(
        key or int(index) for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path)
    )
    text = _explain(what, table, path, kind)
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", what, re.DOTALL):
        keys = (*keys, unknown[1])
    report(_wrong(place.below(path, *keys), *text))
    return keys


def _take_out(table: Any, keys: tuple[str | int, ...]) -> None:
    """Take out what was reported, so that the next fault shows itself."""
    *parents, last = keys
    for key in parents:
        table = table[key]
    if isinstance(table, list):
        table[int(last)] = "*"  # in its place, so that the others keep their numbers
    else:
        del table[last]


def _explain(what: str, table: Any, path: str, kind: type[msgspec.Struct]) -> tuple[str, str, str]:
    """Turn msgspec's sentence into what was found, what would be right, and a near miss."""
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", what, re.DOTALL):
        inner = {".objective": Objective, ".endpoints": Endpoints, ".copy": CopyRules}
        owner: type = next((of for key, of in inner.items() if path.startswith(key)), kind)
        known = tuple(field.name for field in msgspec.structs.fields(owner))
        found_key = f"found an unknown key {unknown[1]!r}"
        return found_key, f"one of {', '.join(known)}", _near(unknown[1], known)
    found = table
    keys = [key or int(index) for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path)]
    for key in keys:
        found = found[key]
    name = next((key for key in reversed(keys) if isinstance(key, str)), "")
    expected = what.removeprefix("Expected ").removeprefix("expected ").partition(", found")[0]
    right = _RIGHT.get(name, expected.partition(", got")[0].replace("`", ""))
    return _found(name, found), right, ""


def _found(name: str, value: Any) -> str:
    """Say what stands there, and only its kind where a key or a password may stand in it."""
    secretive = name in {*_CREDENTIALS, "endpoints"} or isinstance(value, dict | list)
    return f"found {_kind(value)}" if secretive or "@" in str(value) else f"found {value!r}"


def _kind(value: Any) -> str:
    kinds: dict[type, str] = {dict: "a table", list: "a list", str: "a string"}
    return kinds.get(type(value), f"a value of type {type(value).__name__}")


_CREDENTIALS = ("credentials", "credentials_read")
_RIGHT = {
    "mode": "observe, propose or auto",
    "auto_needs": "datapoint, evaluation-start or any",
    "on_clear": "keep or cancel",
    "confirm": "off or cloud-eye",
    "service": "geminidb-redis or rds",
    "region": 'a region such as "ap-southeast-1"',
    "project_id": "the project's id, 32 hex digits in the console",
    **dict.fromkeys(_CREDENTIALS, '"secretsmanager:NAME" or "env:PREFIX", never the key itself'),
    "id": 'an instance id such as "e73893ef73754465a8bd2e0857bbf13ein12"',
    "range": '"rds:" and the id of an RDS instance',
    **dict.fromkeys(("before", "after", "validate"), "the ARN of a Lambda function"),
    "undo_point": "require, try or off",
    "endpoints": "a table of base URLs",
    **dict.fromkeys(
        ("geminidb", "rds", "iam", "ces"), "a base URL such as https://host, without a user"
    ),
    "objective": "a table of durations",
    "alarms": "a list of alarm names or globs, each a string",
    "known_as": "a list of names, each a string",
    "companions": "a list of names or ids of other instances",
    "pair": "true or false",
    "drill": "copy, in-place or false",
    "no_drills": 'a list of hours in UTC, such as ["07:00-19:00"]',
    "recover": "in-place for Redis, or copy for RDS",
    "copy": "a table with at least security_group_id",
    "security_group_id": "the id of a security group",
    "flavor": 'a flavor such as "rds.mysql.n1.large.4"',
    "volume_gb": "a whole number of GB from 40 to 4000, in tens",
    "zones": "a list of availability zones, two for an instance with a standby",
    **dict.fromkeys(("price_per_hour", "undo_price_per_gb"), "a number that is not negative"),
}


def _check_endpoints(endpoints: Endpoints, place: _Place, report: Report) -> None:
    """Check what a pattern cannot tell: that there is such a port, and such a name for a host."""
    for key, url in msgspec.structs.asdict(endpoints).items():
        if url is not None and not _names_a_host(url):
            report(_wrong(place.below(f".{key}", key), f"found {url!r}", _RIGHT[key]))


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.port != 0 and bool((parts.hostname or "").encode("idna"))
    except ValueError:
        return False


def _faults(
    policy: Policy,
    instance: Instance,
    counts: Counter[str],
    clouds: tuple[str, ...],
    unread: set[str],
) -> Iterator[tuple[str, str, str, str]]:
    """What one table alone does not show: references, repetitions, combinations.

    Each is the key at fault, what was found there, what is allowed, and a near miss. `counts` are
    the ids and all names of all instances, `clouds` the names of all clouds, `unread` the ids and
    names of instances that have a fault of their own.
    """
    yield from _repetitions(instance, counts)
    if instance.cloud not in clouds:
        right = f"one of {', '.join(clouds)}" if clouds else f"a table [cloud.{instance.cloud}]"
        yield "cloud", f"found {instance.cloud!r}", right, _near(instance.cloud, clouds)
    for n, companion in enumerate(instance.companions):
        found = policy.find(companion)
        if found is None and companion in unread:
            continue
        if found is None or found.id == instance.id:
            others = tuple(i.name for i in policy.instance if i.id != instance.id)
            right = "the name or id of another instance of this policy"
            yield f"companions[{n}]", f"found {companion!r}", right, _near(companion, others)
    if instance.pair and instance.way != "in-place":
        yield "pair", "found true", "no pair: it is for what is restored in place", ""
    elif instance.pair and not unread and not policy.paired_with(instance):
        right = 'a companion with recover = "copy" that is not in mode observe, or no pair'
        yield "pair", "found true, and none of its companions is copied", right, ""
    yield from _ways(instance)
    yield from _undo(instance)
    yield from _hooks(instance)
    yield from _drills(instance)
    if instance.can.offers == "windows" and instance.range is not None:
        yield "range", f"found {instance.range!r}", "no range: it is for Redis only", ""
    if instance.service != service_of(instance.id):
        right = "an id that ends in in12 for geminidb-redis, and in something else for rds"
        yield "id", f"found {instance.id!r} with service {instance.service}", right, ""


MOST_ZONES = 2
"""Of an instance with a standby."""


def _ways(instance: Instance) -> Iterator[tuple[str, str, str, str]]:
    """What does not fit the way in which an instance is restored."""
    can, way = instance.can, instance.way
    if way is None and instance.mode == "auto":
        right = 'observe or propose, or recover = "copy": RDS is not restored in place'
        yield "mode", "found 'auto' on an RDS instance", right, ""
    if way and not (can.copied if way == "copy" else can.in_place):
        right = '"copy" for rds' if can.copied else '"in-place" for geminidb-redis'
        yield "recover", f"found {way!r} with service {instance.service}", right, ""
    if way == "copy" and instance.copy is None:
        right = 'copy = { security_group_id = "…" }: who may connect to a copy'
        yield "copy", "it is missing", right, ""
    copied = "copy" in {way, instance.drill_way} or _is_saved(instance)
    if instance.copy is not None and not copied:
        yield "copy", "found a table", 'recover or drill = "copy" beside it, or no copy', ""
    if instance.copy and len(instance.copy.zones) > MOST_ZONES:
        right = "one zone, or two for an instance with a standby"
        yield "copy.zones", f"found {len(instance.copy.zones)}", right, ""


def _undo(instance: Instance) -> Iterator[tuple[str, str, str, str]]:
    """What does not fit the backup of what is overwritten."""
    if instance.undo_keep is not None and not _is_saved(instance):
        right = "no undo_keep: it is for what is restored in place, with an undo_point"
        yield "undo_keep", "found a time", right, ""
    if instance.undo_within > LONGEST_UNDO:
        found = f"found {times.tell_duration(instance.undo_within)}"
        yield "undo_within", found, "at most 1h: the data stays bad for as long", ""
    if instance.undo_point == "require" and not instance.undo_within:
        yield "undo_within", "found 0s", 'a time, such as "10m": nothing would be restored', ""


def _is_saved(instance: Instance) -> bool:
    """Whether what is overwritten is backed up, which restores to a new instance."""
    return instance.way == "in-place" and instance.undo_point != "off"


def _hooks(instance: Instance) -> Iterator[tuple[str, str, str, str]]:
    """What does not fit the hooks that stop the writers and let them in again."""
    for key, other in (("before", "after"), ("after", "before")):
        if key not in instance.hooks:
            continue
        if instance.way != "in-place":
            right = f"no {key}: it is for what is restored in place"
            yield key, "found a hook", right, ""
        elif other not in instance.hooks:
            why = "writers would stay stopped" if key == "before" else "it would never be called"
            yield key, f"found it without {other}", f"{other} beside it: {why}", ""


LONGEST_UNDO = timedelta(hours=1)


def _drills(instance: Instance) -> Iterator[tuple[str, str, str, str]]:
    """What does not fit the way in which an instance is drilled."""
    can, way = instance.can, instance.drill_way
    if way and not (can.copied if way == "copy" else can.in_place):
        right = '"copy" for rds' if can.copied else '"in-place" for geminidb-redis'
        yield "drill", f"found {way!r} with service {instance.service}", right, ""
    elif way == "copy" and instance.copy is None:
        yield "copy", "it is missing", 'copy = { security_group_id = "…" }: drills make copies', ""
    if way is None and instance.drill_every is not None:
        yield "drill_every", "found a time", "drill beside it: how it is drilled", ""
    for n, hours in enumerate(instance.no_drills):
        first, last = hours.split("-")
        if first == last or (first, last) == ("00:00", "24:00"):
            right = "hours that leave some in which a drill may begin"
            yield f"no_drills[{n}]", f"found {hours!r}", right, ""


def _repetitions(instance: Instance, counts: Counter[str]) -> Iterator[tuple[str, str, str, str]]:
    names = [("id", instance.id), ("name", instance.name)]
    names += [(f"known_as[{n}]", name) for n, name in enumerate(instance.known_as)]
    for key, value in names:
        if counts[value] > 1:
            right = f"a different {key.partition('[')[0]} for every instance"
            yield key, f"found {value!r} twice", right, ""


def _near(found: str, known: tuple[str, ...]) -> str:
    match = difflib.get_close_matches(found, known, n=1)
    return match[0] if match else ""


def _wrong(place: _Place, found: str, right: str, near: str = "") -> PolicyFaultError:
    hint = f"write {near!r}; allowed is {right}" if near else f"write {right}"
    return PolicyFaultError(f"policy, {place.text}: {found}", hint, place.keys)
