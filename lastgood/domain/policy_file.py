"""Reading the policy file, strictly.

Anything that is not understood is an error with its place, what was found and what is allowed: a
typo in a recovery policy has to show itself before the incident.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from lastgood.domain import canonical
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import CloudEntry, Endpoints, Fleet, Instance, Objective, Policy, Rules
from lastgood.domain.services import service_of

T = TypeVar("T", bound=msgspec.Struct)


def parse_policy(text: str) -> Policy:
    """Read the TOML of a policy file.

    Raises:
        PolicyError: it is no TOML, or breaks the contract; the message names the place.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a huge number or deep nesting is not wrapped
        raise PolicyError(f"the policy is not TOML: {error}", "correct that line") from error
    _check_top(document)
    defaults = _table(document, "defaults")
    _convert(defaults, Rules, "defaults")
    clouds = {
        name: _convert(table, CloudEntry, f"cloud.{name}")
        for name, table in _table(document, "cloud").items()
    }
    for name, cloud in clouds.items():
        _check_endpoints(cloud.endpoints, f"cloud.{name}.endpoints")
    fleet = _convert(_table(document, "fleet"), Fleet, "fleet")
    instances = {
        place: _convert({**defaults, **_as_table(table, place)}, Instance, place)
        for place, table in _places(document)
    }
    policy = Policy(cloud=clouds, fleet=fleet, instance=tuple(instances.values()))
    counts = Counter(key for instance in policy.instance for key in {instance.id, instance.name})
    for place, instance in instances.items():
        for key, *fault in _faults(policy, instance, counts):
            raise _wrong(f"{place}.{key}", *fault)
    return policy


def _check_top(document: dict[str, Any]) -> None:
    known = ("version", "cloud", "defaults", "fleet", "instance")
    for key in document:
        if key not in known:
            right = f"one of {', '.join(known)}"
            raise _wrong(key, "found an unknown key", right, _near(key, known))
    if type(document.get("version")) is not int or document["version"] != 1:
        found = _found("version", document["version"]) if "version" in document else "it is missing"
        raise _wrong("version", found, "version = 1")
    if not document.get("instance"):
        raise _wrong("instance", "no instance is named", "at least one [[instance]] table")


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    return _as_table(document.get(key, {}), key)


def _as_table(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place, f"found {_kind(value)}", "a table")
    return value


def _places(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Each `[[instance]]` with its place in the file, by number and, where it has one, by name."""
    tables = document["instance"]
    if not isinstance(tables, list):
        raise _wrong("instance", f"found {_kind(tables)}", "[[instance]], in double brackets")
    places = []
    for n, table in enumerate(tables):
        name = table.get("name") if isinstance(table, dict) else None
        places.append((f"instance[{n}]" + (f" ({name})" if isinstance(name, str) else ""), table))
    return places


def _convert(table: Any, kind: type[T], place: str) -> T:
    table = _as_table(table, place)
    try:
        return msgspec.convert(table, kind, dec_hook=canonical.read_hook)
    except msgspec.ValidationError as error:
        # The path is what comes last: a key or a value may itself look like one.
        what = re.sub(r" - at `\$[^`]*`\Z", "", str(error))
        path = str(error)[len(what) :].removeprefix(" - at `$").removesuffix("`")
        raise _wrong(place + path, *_explain(what, table, path, kind)) from error


def _explain(what: str, table: Any, path: str, kind: type[msgspec.Struct]) -> tuple[str, str, str]:
    """Turn msgspec's sentence into what was found, what would be right, and a near miss."""
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", what, re.DOTALL):
        owner: type = (
            Objective if ".objective" in path else Endpoints if ".endpoints" in path else kind
        )
        known = tuple(field.name for field in msgspec.structs.fields(owner))
        found_key = f"found an unknown key {unknown[1]!r}"
        return found_key, f"one of {', '.join(known)}", _near(unknown[1], known)
    if missing := re.fullmatch(r"Object missing required field `(.+)`", what):
        return f"{missing[1]!r} is missing", f"a line {missing[1]} = …", ""
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
    secretive = name in {"credentials", "endpoints"} or isinstance(value, dict | list)
    return f"found {_kind(value)}" if secretive or "@" in str(value) else f"found {value!r}"


def _kind(value: Any) -> str:
    kinds: dict[type, str] = {dict: "a table", list: "a list", str: "a string"}
    return kinds.get(type(value), f"a value of type {type(value).__name__}")


_RIGHT = {
    "mode": "observe, propose or auto",
    "auto_needs": "datapoint, evaluation-start or any",
    "on_clear": "keep or cancel",
    "service": "geminidb-redis or rds",
    "region": 'a region such as "ap-southeast-1"',
    "project_id": "the project's id, 32 hex digits in the console",
    "credentials": '"secretsmanager:NAME" or "env:PREFIX", never the key itself',
    "id": 'an instance id such as "e73893ef73754465a8bd2e0857bbf13ein12"',
    "range": '"rds:" and the id of an RDS instance',
    "validate": "the ARN of a Lambda function",
    "endpoints": "a table of base URLs",
    **dict.fromkeys(("geminidb", "rds", "iam"), "a base URL such as https://host, without a user"),
    "objective": "a table of durations",
    "alarms": "a list of alarm names or globs, each a string",
    "companions": "a list of names or ids of other instances",
    "drill": "true or false",
}


def _check_endpoints(endpoints: Endpoints, place: str) -> None:
    """Check what a pattern cannot tell: that there is such a port, and such a name for a host."""
    for key, url in msgspec.structs.asdict(endpoints).items():
        if url is not None and not _names_a_host(url):
            raise _wrong(f"{place}.{key}", f"found {url!r}", _RIGHT[key])


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.port != 0 and bool((parts.hostname or "").encode("idna"))
    except ValueError:
        return False


def _faults(
    policy: Policy, instance: Instance, counts: Counter[str]
) -> Iterator[tuple[str, str, str, str]]:
    """What one table alone does not show: references, repetitions, combinations.

    Each is the key at fault, what was found there, what is allowed, and a near miss. `counts` are
    the ids and names of all instances.
    """
    for key, value in (("id", instance.id), ("name", instance.name)):
        if counts[value] > 1:
            yield key, f"found {value!r} twice", f"a different {key} for every instance", ""
    if instance.cloud not in policy.cloud:
        clouds = tuple(policy.cloud)
        right = f"one of {', '.join(clouds)}" if clouds else f"a table [cloud.{instance.cloud}]"
        yield "cloud", f"found {instance.cloud!r}", right, _near(instance.cloud, clouds)
    for n, companion in enumerate(instance.companions):
        found = policy.find(companion)
        if found is None or found.id == instance.id:
            others = tuple(i.name for i in policy.instance if i.id != instance.id)
            right = "the name or id of another instance of this policy"
            yield f"companions[{n}]", f"found {companion!r}", right, _near(companion, others)
    if not instance.can.in_place and instance.mode == "auto":
        right = "observe or propose: no restore of an RDS instance in place is supported"
        yield "mode", "found 'auto' on an RDS instance", right, ""
    if instance.can.offers == "windows" and instance.range is not None:
        yield "range", f"found {instance.range!r}", "no range: it is for Redis only", ""
    if instance.service != service_of(instance.id):
        right = "an id that ends in in12 for geminidb-redis, and in something else for rds"
        yield "id", f"found {instance.id!r} with service {instance.service}", right, ""


def _near(found: str, known: tuple[str, ...]) -> str:
    match = difflib.get_close_matches(found, known, n=1)
    return match[0] if match else ""


def _wrong(place: str, found: str, right: str, near: str = "") -> PolicyError:
    hint = f"write {near!r}; allowed is {right}" if near else f"write {right}"
    return PolicyError(f"policy, {place}: {found}", hint)
