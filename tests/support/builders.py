"""Small factories: one ordinary incident, and everything about it that a test may bend."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Evidence, Incident
from lastgood.domain.policy import Instance, Objective, Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.ranges import Point, Points, RestorableRange, Window, Windows
from lastgood.domain.reading import InstanceState, PastRecovery, PitrPolicy, Reading, Suspect

REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
OTHER_REDIS = "0123456789abcdef0123456789abcdefin12"
RDS = "dsfae23fsfdsae3435in01"
OTHER_RDS = "0123456789abcdef0123456789abcdefin01"
PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"


def at(clock: str) -> datetime:
    """A moment of 17 February 2026, UTC: `11:40:20` or `11:40:20.500`."""
    return datetime.fromisoformat(f"2026-02-17T{clock}").replace(tzinfo=UTC)


def points(*clocks: str) -> Points:
    """Points of that day, spelt as the service spells them: with the offset of Beijing."""
    texts = (times.SERVICE.print(at(clock), times.BEIJING) for clock in clocks)
    return Points.of(Point.from_text(text) for text in texts)


def windows(*spans: tuple[str, str]) -> Windows:
    """Windows of that day, from clock to clock."""
    return Windows.merge(Window(at(start), at(end)) for start, end in spans)


NOW = at("11:51:00")
POINTS = points("10:40:20", "11:00:20", "11:20:20", "11:40:20", "11:43:00", "11:46:00")
TARGET = at("11:40:20")
"""The last of the points before the onset less the margin: the next one is that very moment."""


def incident(**changes: Any) -> Incident:
    """The data went bad at 11:45:00, and the alarm went off at 11:50:30."""
    ordinary = Incident(
        id="20260217T115030000Z-0123456789abcdef",
        instance=REDIS,
        alarm="orders-cache-keys-low",
        source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-low",
        changed_at=at("11:50:30"),
        onset=at("11:45:00"),
        onset_basis="datapoint",
        onset_detail="the first of 3 breaching datapoints, 2026-02-17T11:45:00Z",
        strength="datapoint",
    )
    return msgspec.structs.replace(ordinary, **changes)


def redis(**changes: Any) -> Instance:
    """A Redis instance in mode auto, everything else by default (a margin of two minutes)."""
    ordinary = Instance(
        id=REDIS, name="orders-cache", cloud="prod", service="geminidb-redis", mode="auto"
    )
    return msgspec.structs.replace(ordinary, **changes)


def rds(**changes: Any) -> Instance:
    """An RDS instance in mode propose."""
    ordinary = Instance(id=RDS, name="orders-db", cloud="prod", service="rds")
    return msgspec.structs.replace(ordinary, **changes)


def objective(**promises: str) -> Objective:
    """Promises, each spelt as in the policy: `max_lag="40m"`."""
    return Objective(**{name: times.Duration.parse(text) for name, text in promises.items()})


def redis_reading(offered: RestorableRange = POINTS, **changes: Any) -> Reading:
    """A healthy, idle Redis instance of a proxy cluster, its PITR switched on."""
    ordinary = Reading(
        instance=REDIS,
        source="geminidb",
        range=offered,
        state=InstanceState(status="normal", mode="Cluster"),
        pitr=PitrPolicy(enabled=True, interval=20, keep_days=1),
    )
    return msgspec.structs.replace(ordinary, **changes)


def rds_reading(*spans: tuple[str, str], instance: str = RDS) -> Reading:
    """An RDS instance with windows of that day."""
    return Reading(instance=instance, source="rds", range=windows(*spans))


def recovered(ended: str, **changes: Any) -> PastRecovery:
    """An earlier recovery of that day, which went well."""
    ordinary = PastRecovery("an-earlier-one", target=at("09:00:00"), ended_at=at(ended))
    return msgspec.structs.replace(ordinary, **changes)


def suspect(onset: str, incident: str = "an-earlier-one", **changes: Any) -> Suspect:
    """Another incident of that day, which nothing has settled."""
    ordinary = Suspect(
        incident=incident,
        source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:another",
        changed_at=at(onset),
        onset=at(onset),
    )
    return msgspec.structs.replace(ordinary, **changes)


def alarm(**changes: Any) -> Alarm:
    """A transition to ALARM that tells nothing about when it went wrong."""
    ordinary = Alarm(
        source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-low",
        name="orders-cache-keys-low",
        state="ALARM",
        changed_at=at("11:50:30.431"),
        evidence=Evidence(),
    )
    return msgspec.structs.replace(ordinary, **changes)


def policy_text(  # noqa: PLR0913 - what tests bend, each by its name
    more: str = "",
    *,
    redis: str = "",
    cloud: str = "",
    project: str = PROJECT,
    credentials: str = "env:LASTGOOD_PROD",
    undo: str = "off",
) -> str:
    """A policy of one cloud and one Redis instance in mode auto, whose effect is not waited for.

    `cloud` and `redis` are added to their tables, `more` to the end. What is overwritten is not
    backed up unless `undo` says so: most tests are not about that.
    """
    return f"""
version = 1
[cloud.prod]
region = "ap-southeast-1"
project_id = "{project}"
credentials = "{credentials}"
{cloud}
[[instance]]
id = "{REDIS}"
name = "orders-cache"
cloud = "prod"
service = "geminidb-redis"
mode = "auto"
undo_point = "{undo}"
settle_within = "0s"
{redis}
{more}"""


def endpoints(geminidb: str, rds: str) -> str:
    """What a cloud of the policy says of services at these places."""
    return f'endpoints = {{ geminidb = "{geminidb}", rds = "{rds}" }}'


POLICY = policy_text()

EXAMPLE = """
version = 1

[cloud.prod]
region      = "ap-southeast-1"
project_id  = "619d3e78f61b4be68bc5aa0b59edcf7b"
credentials = "secretsmanager:lastgood/prod"
requests_per_second = 10
endpoints = { geminidb = "http://127.0.0.1:8001", rds = "http://127.0.0.1:8002" }

[defaults]
mode             = "propose"    # observe | propose | auto
auto_needs       = "datapoint"  # datapoint | evaluation-start | any
margin           = "2m"         # the target lies at least this long before onset
max_rollback     = "6h"         # refuse to lose more than this
max_alarm_age    = "1h"         # an alarm older than this proposes, never fires
cooldown         = "24h"        # between two recoveries of one instance
approval_timeout = "30m"

[fleet]
max_active  = 1                 # recoveries at a time
max_per_day = 3

[[instance]]
id         = "e73893ef73754465a8bd2e0857bbf13ein12"
name       = "orders-cache"
cloud      = "prod"
service    = "geminidb-redis"
mode       = "auto"             # any default can be overridden here
alarms     = ["orders-cache-*"]
companions = ["orders-db"]
validate   = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"
drill      = false
objective  = { max_lag = "40m", min_coverage = "20h", max_gap = "30m" }

[[instance]]
id = "dsfae23fsfdsae3435in01"
name = "orders-db"
cloud = "prod"
service = "rds"
objective = { max_lag = "10m", min_coverage = "7d" }
"""
"""The policy of docs/reference/policy.md, with every kind of key in it."""


def policy() -> Policy:
    """The example, read."""
    return parse_policy(EXAMPLE)
