"""The tables of events/README.md against what the code makes of each event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from lastgood.dialects import read
from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Incident
from lastgood.domain.decide import decide
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.ranges import Point, Points
from lastgood.domain.reading import History, Readings, Suspect
from lastgood.domain.triage import triage
from tests.docs.pages import rows
from tests.support.builders import RDS, REDIS, at, policy, redis_reading

EVENTS = Path(__file__).parents[2] / "events"
README = (EVENTS / "README.md").read_text(encoding="utf-8")

TABLE = {row[0].strip("`"): row[2:] for row in rows(README)}
READ = {name: cells for name, cells in TABLE.items() if len(cells) == 5}
REFUSED = {
    name: found[1]
    for name, cells in TABLE.items()
    if (found := re.match(r"`([a-z-]+)`", cells[0])) and len(cells) == 1
}

KNOWN_AS = {
    REDIS: ("10.3.0.17:9121", "5f1c0ab6d3e84f6fa9b7c2d1e0f3a4b5no12", "PF9KMXH"),
    RDS: (),
}
ALONE = msgspec.structs.replace(
    policy(),
    instance=tuple(
        msgspec.structs.replace(each, companions=(), known_as=KNOWN_AS[each.id])
        for each in policy().instance
    ),
)


class Known(NamedTuple):
    """What somebody measured of a public incident: since when the data was bad, if it was."""

    bad_since: datetime | None
    target_before: bool


def moment(text: str) -> datetime:
    return times.parse_rfc3339(text)


TRUTH = {
    "eventbridge-missing-8x900.json": Known(moment("2026-08-19T05:44:00Z"), target_before=True),
    "sns-missing-3x60.json": Known(moment("2026-08-26T16:02:20Z"), target_before=True),
    "eventbridge-just-created.json": Known(None, target_before=False),
    "eventbridge-composite-of-6x300.json": Known(
        moment("2022-09-29T21:40:00Z"), target_before=False
    ),
    "eventbridge-flapping-first.json": Known(at("11:48:00"), target_before=True),
}


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def opened(name: str) -> list[Incident | Refusal]:
    alarms = [m.content for m in read(load(name)) if isinstance(m.content, Alarm)]
    return [found for alarm in alarms for found in triage(alarm, ALONE)]


def incidents(name: str) -> list[Incident]:
    return [found for found in opened(name) if isinstance(found, Incident)]


def every_minute(now: datetime) -> Points:
    """A point on each minute of the last eight hours."""
    newest = times.floor_second(now).replace(second=0)
    moments = (newest - timedelta(minutes=back) for back in range(480))
    return Points.of(Point(each, times.SERVICE.print(each, times.BEIJING)) for each in moments)


def planned(incident: Incident, *others: Incident) -> Plan:
    """The plan of a minute after the alarm; the other incidents are what the ledger remembers."""
    now = incident.changed_at + timedelta(minutes=1)
    instance = ALONE.by_id(incident.instance)
    assert instance is not None
    reading = redis_reading(every_minute(now), instance=instance.id)
    history = History(suspects=tuple(_suspect(other) for other in others))
    decision = decide(incident, Readings(reading), instance, history, now)
    assert isinstance(decision, Plan), decision
    return decision


def _suspect(incident: Incident) -> Suspect:
    return Suspect(
        incident=incident.id,
        source=incident.source,
        changed_at=incident.changed_at,
        onset=incident.onset,
    )


def clock(moment: datetime) -> str:
    text = times.print_rfc3339(moment).removesuffix("Z").removeprefix("2026-02-17T")
    return text.removesuffix("000") if "." in text else text


def cells_of(name: str) -> Iterator[tuple[str, ...]]:
    """The cells of a row, one tuple for each incident of the event."""
    yield from zip(*(cell.split("; ") for cell in READ[name]), strict=True)


def test_the_tables_name_every_event_once() -> None:
    listed = [row[0].strip("`") for row in rows(README)]

    assert sorted(listed) == sorted(path.name for path in EVENTS.glob("*.json"))


@pytest.mark.parametrize("name", READ)
def test_the_table_says_what_an_event_is_read_as(name: str) -> None:
    found = incidents(name)

    for incident, cells in zip(found, cells_of(name), strict=True):
        instance = ALONE.by_id(incident.instance)
        assert instance is not None
        read_as = (instance.name, clock(incident.onset), incident.onset_basis, incident.strength)
        assert read_as == cells[:4]


@pytest.mark.parametrize("name", READ)
def test_the_table_says_whether_an_event_acts_or_why_it_only_proposes(name: str) -> None:
    for incident, cells in zip(incidents(name), cells_of(name), strict=True):
        plan = planned(incident)

        verb, _, reasons = cells[4].partition(": ")
        assert verb == ("acts" if plan.mode == "auto" else "proposes")
        for reason in filter(None, reasons.split(", ")):
            assert any(reason in warning for warning in plan.warnings)
        assert len(plan.warnings) == len(list(filter(None, reasons.split(", "))))


@pytest.mark.parametrize("name", REFUSED)
def test_the_table_says_by_which_code_an_event_starts_nothing(name: str) -> None:
    (refusal,) = opened(name)

    assert isinstance(refusal, Refusal)
    assert refusal.code == REFUSED[name]


@pytest.mark.parametrize("name", TRUTH)
def test_a_public_incident_leads_to_before_the_damage_or_to_no_more_than_a_proposal(
    name: str,
) -> None:
    (incident,) = incidents(name)
    known = TRUTH[name]

    plan = planned(incident)

    if known.target_before:
        assert known.bad_since is not None
        assert plan.target < known.bad_since
        assert incident.onset < known.bad_since
    else:
        assert plan.mode == "propose"
        assert any("no more than a proposal" in warning for warning in plan.warnings)


def test_of_one_damage_the_second_transition_never_acts_and_offers_a_moment_before_the_first() -> (
    None
):
    (first,), (second,) = (
        incidents("eventbridge-flapping-first.json"),
        incidents("eventbridge-flapping-second.json"),
    )

    plan = planned(second, first)

    assert plan.mode == "propose"
    assert plan.target == at("11:44:00")
    assert plan.bad_since == first.onset == at("11:47:00")
    assert plan.alternative is not None
    assert plan.alternative.target == at("12:22:00")
