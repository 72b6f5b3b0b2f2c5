"""Who takes part: the policies, the databases and the alarms that histories are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from lastgood.domain import times
from lastgood.domain.policy import CopyRules, Fleet, Instance, Mode, Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.ranges import Point, Window
from lastgood.domain.times import Duration

ORDERS = "e73893ef73754465a8bd2e0857bbf13ein12"
CARTS = "0123456789abcdef0123456789abcdefin12"
STOCK = "fedcba9876543210fedcba9876543210in12"
ORDERS_DB = "dsfae23fsfdsae3435in01"
CACHES = (ORDERS, CARTS, STOCK)

NOON = datetime(2026, 2, 17, 11, 54, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 17, 23, 57, tzinfo=UTC)
"""A minute after an alarm of minute 0 went off; the second is there for the caps of a day."""

STOP, START = (
    f"arn:aws:lambda:eu-west-1:111122223333:function:{name}:live" for name in ("stop", "start")
)
HOOK = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"

_BASE = parse_policy(
    f"""
    version = 1
    [cloud.prod]
    region = "ap-southeast-1"
    project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
    credentials = "env:LASTGOOD_PROD"
    [defaults]
    quiet = "0s"
    undo_point = "off"
    settle_within = "6m"
    [[instance]]
    id = "{ORDERS}"
    name = "orders-cache"
    cloud = "prod"
    service = "geminidb-redis"
    [[instance]]
    id = "{CARTS}"
    name = "carts-cache"
    cloud = "prod"
    service = "geminidb-redis"
    [[instance]]
    id = "{STOCK}"
    name = "stock-cache"
    cloud = "prod"
    service = "geminidb-redis"
    [[instance]]
    id = "{ORDERS_DB}"
    name = "orders-db"
    cloud = "prod"
    service = "rds"
    """
)

RULES: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "no cooldown": {"cooldown": Duration(0)},
    "no wait": {"settle_within": Duration(0)},
    "wide margin": {"margin": Duration(minutes=7)},
    "any evidence": {"auto_needs": "any"},
    "cancel": {"on_clear": "cancel"},
    "hook": {"validate": HOOK},
    "hooks": {"before": STOP, "after": START, "validate": HOOK},
    "companion": {"companions": ("orders-db",)},
    "pair": {"companions": ("orders-db",), "pair": True},
    "gated": {"range": f"rds:{ORDERS_DB}"},
    "quiet": {"quiet": Duration(minutes=20)},
    "quiet, cancel": {"quiet": Duration(minutes=20), "on_clear": "cancel"},
    "undo point": {"undo_point": "require"},
    "undo point, tried": {"undo_point": "try", "undo_within": Duration(minutes=4)},
    "short rollback": {"max_rollback": Duration(minutes=20), "max_plan_age": Duration(minutes=40)},
}
"""The same rules for every cache, under a name."""
RULE_NAMES = tuple(name for name in RULES if not name.startswith(("quiet", "pair")))


def protecting(policy: Policy, copy: str) -> Policy:
    """The policy after a switch over to a copy, which it protects from now on."""
    also = msgspec.structs.replace(_BASE.instance[-1], id=copy, name="orders-db-2")
    return msgspec.structs.replace(policy, instance=(*policy.instance, also))


def _of_a_database(rules: str) -> Mapping[str, Any]:
    """The rules of a database: nothing else has a say in its target."""
    return {} if rules in {"companion", "pair", "gated", "hooks"} else RULES[rules]


COPIED = CopyRules(security_group_id="sg-1")


@cache
def policy(
    rules: str,
    modes: tuple[Mode | None, ...],
    max_active: int,
    max_per_day: int,
    *,
    drills: bool = False,
) -> Policy:
    """A policy in which each cache has its mode; None for one that is not in it.

    With one mode more the database is recovered by copy in that one; it may be drilled as well.
    """
    caches = [
        msgspec.structs.replace(instance, mode=mode, **RULES[rules])
        for instance, mode in zip(_BASE.instance, modes[: len(CACHES)], strict=False)
        if mode is not None
    ]
    database: Instance = _BASE.instance[-1]
    if len(modes) > len(CACHES) and (mode := modes[-1]):
        database = msgspec.structs.replace(
            database, mode=mode, recover="copy", copy=COPIED, **_of_a_database(rules)
        )
    if drills:
        database = msgspec.structs.replace(
            database, drill="copy", drill_every=Duration(days=7), copy=COPIED
        )
    fleet = Fleet(max_active=max_active, max_per_day=max_per_day)
    return Policy(cloud=_BASE.cloud, fleet=fleet, instance=(*caches, database))


@cache
def point(start: datetime, minutes: int, seconds: int = 20) -> Point:
    """A restorable moment so many minutes from the start of the history."""
    moment = start + timedelta(minutes=minutes, seconds=seconds)
    return Point.from_text(times.SERVICE.print(moment, times.BEIJING))


@cache
def window(start: datetime, first: int, last: int) -> Window:
    """A window between two such moments."""
    return Window(start + timedelta(minutes=first), start + timedelta(minutes=last))


Route = Literal[
    "eventbridge-alarm",
    "sns-alarm",
    "direct-alarm",
    "eventbridge-no-datapoints",
    "eventbridge-missing-breaching",
    "eventbridge-reason-not-understood",
    "eventbridge-earlier",
    "eventbridge-from-silence",
    "eventbridge-ok",
    "malformed-text",
]
"""Events of the corpus, and some that are made of one: see below."""

SAME: tuple[Route, ...] = ("eventbridge-alarm", "sns-alarm", "direct-alarm")
"""Routes of which each tells the same onset, by datapoints: five minutes before the history."""

DIFFERENT: tuple[Route, ...] = (
    "eventbridge-no-datapoints",
    "eventbridge-earlier",
    "eventbridge-missing-breaching",
    "eventbridge-reason-not-understood",
)
"""The same transition with other evidence: an onset that is later, earlier, weaker, or a guess."""

CLEARS = -38
"""So many minutes the way back to OK of the corpus is moved, to be that of an alarm of minute 0."""

_EVENTS = Path(__file__).parent.parent.parent / "events"
_STAMP = re.compile(r"2026-02-17T\d\d:\d\d:\d\d")
_REASON = re.compile(r"17/02/26 \d\d:\d\d:\d\d")


_CHANGED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "eventbridge-earlier": ("eventbridge-alarm", {"184302.0": "10.0"}),
    "eventbridge-from-silence": (
        "eventbridge-alarm",
        {'"value": "OK"': '"value": "INSUFFICIENT_DATA"', "T06:02:08.437": "T11:41:08.437"},
    ),
}
"""One more datapoint breached; there was no data before, for twelve minutes."""


class Delivery(msgspec.Struct, frozen=True):
    """An event as it comes in; `source` is the ARN of its alarm."""

    name: str
    event: Any
    source: str


@cache
def delivery(route: Route, instance: str, alarm: str, start: datetime, minutes: int) -> Delivery:
    """The event of the corpus, moved to another time, alarm and instance.

    An alarm of minute 0 went off right before the history starts, its onset five minutes ago.
    """
    later = start - NOON + timedelta(minutes=minutes)

    def move(form: str) -> Any:
        return lambda found: (datetime.strptime(found[0], form) + later).strftime(form)  # noqa: DTZ007 - no zone is read, none is written

    found, changes = _CHANGED.get(route, (route, {}))
    text = (_EVENTS / f"{found}.json").read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    text = _STAMP.sub(move("%Y-%m-%dT%H:%M:%S"), text)
    text = _REASON.sub(move("%d/%m/%y %H:%M:%S"), text)
    text = text.replace("orders-cache-keys-dropped", alarm).replace(ORDERS, instance)
    source = f"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{alarm}"
    return Delivery(f"{route} {alarm}+{minutes}", json.loads(text), source)
