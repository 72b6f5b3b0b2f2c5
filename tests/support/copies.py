"""One scene for what is done by copy: a database, an alarm about it, and the copy that is made."""

from __future__ import annotations

from typing import Any

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.copies import ACTIVE, Copy, Database, tags_of
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.policy_file import parse_policy
from lastgood.ledger import records
from lastgood.workflows.recovery import recover
from tests.support.builders import POLICY, PROJECT, RDS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident

BY_COPY = f"""
[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prod"
service = "rds"
mode = "auto"
recover = "copy"
copy = {{ security_group_id = "sg-1", price_per_hour = 0.5 }}
"""
COPY = "00000000000000000000000000000007in01"
"""The id of the copy that `copied` makes."""


def world_by_copy(mode: str = "auto", **rules: str) -> FakeWorld:
    """At 11:54, a database that can be restored to any moment from 9:00 to 11:50."""
    text = BY_COPY.replace('"auto"', f'"{mode}"')
    for name, value in rules.items():
        text = text.replace("price_per_hour = 0.5", f"price_per_hour = 0.5, {name} = {value}")
    made = FakeWorld(parse_policy(POLICY + text))
    made.cloud.add_window(RDS, at("09:00:00"), at("11:50:00"))
    made.rdses["prod"].add(RDS, "orders-db")
    return made


def bad_rows(name: str = "incident-1") -> Incident:
    """The rows of the database went bad at 11:48."""
    return msgspec.structs.replace(incident(name), instance=RDS, alarm="orders-db-rows-dropped")


def recovered(world: FakeWorld, name: str = "incident-1") -> Recovery:
    """A recovery by copy, to its end."""
    return recover(bad_rows(name), FakeFlow(), world)


def copied(world: FakeWorld, **changes: Any) -> Copy:
    """A copy in the ledger, of a drill, ordered at 9:00; and the instance itself."""
    ordinary = Copy(
        name="lastgood-drill-1-0123abcd",
        cloud="prod",
        project_id=PROJECT,
        source=RDS,
        owner="drill-1",
        purpose="drill",
        target=at("08:30:00"),
        ordered_at=at("09:00:00"),
        stage="made",
        id=COPY,
    )
    copy = msgspec.structs.replace(ordinary, **changes)
    (record,) = world.store.read([records.copy(copy.name)])
    world.store.commit([records.put(record, copy)])
    world.rdses["prod"].databases[COPY] = Database(
        id=COPY,
        name=copy.name,
        status=ACTIVE,
        tags=tags_of(copy.owner, world.ledger.identity()),
        addresses=("192.168.0.30",),
        port=3306,
    )
    return copy
