"""One scene for the tests of the workflows: an instance, its points, and an alarm about it."""

from __future__ import annotations

from lastgood.domain.alarm import Incident
from lastgood.domain.policy_file import parse_policy
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeWorld, service_times


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
        strength="datapoint",
    )


def world_at_1154(mode: str = "auto", more: str = "") -> FakeWorld:
    """At 11:54, an instance with points at 11:00, 11:20, 11:40 and 11:50, all at :20 seconds."""
    made = FakeWorld(parse_policy(POLICY.replace('"auto"', f'"{mode}"') + more))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:00:20", "11:50:20", "11:40:20"))
    return made
