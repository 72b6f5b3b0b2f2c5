"""One scene for the tests of the workflows: an instance, its points, and an alarm about it."""

from __future__ import annotations

from datetime import UTC, datetime

from lastgood.domain.alarm import Incident
from lastgood.domain.policy_file import parse_policy
from tests.support.fakes import FakeWorld, service_times

REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
RDS = "dsfae23fsfdsae3435in01"

POLICY = f"""
version = 1
[cloud.prod]
region = "ap-southeast-1"
project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
credentials = "env:LASTGOOD_PROD"
[[instance]]
id = "{REDIS}"
name = "orders-cache"
cloud = "prod"
service = "geminidb-redis"
mode = "auto"
"""


def at(clock_time: str) -> datetime:
    return datetime.fromisoformat(f"2026-02-17T{clock_time}").replace(tzinfo=UTC)


def incident(name: str = "incident-1", onset: str = "11:48:00") -> Incident:
    return Incident(
        id=name,
        instance=REDIS,
        alarm="orders-cache-keys-dropped",
        source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-dropped",
        changed_at=at("11:53:08"),
        onset=at(onset),
        onset_basis="datapoint",
        onset_detail="the first of 1 breaching datapoints",
    )


def world_at_1154(mode: str = "auto", more: str = "") -> FakeWorld:
    """At 11:54, an instance with points at 11:00, 11:20, 11:40 and 11:50, all at :20 seconds."""
    made = FakeWorld(parse_policy(POLICY.replace('"auto"', f'"{mode}"') + more))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:00:20", "11:50:20", "11:40:20"))
    return made
