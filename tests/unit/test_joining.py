"""Alarms that flap, and floods of them: transitions that join an incident."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lastgood.domain.alarm import STRENGTHS, Incident, OnsetBasis, Strength
from lastgood.domain.lifecycle import Head, hold
from lastgood.domain.plan import Plan
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import PastRecovery
from lastgood.domain.times import print_rfc3339
from lastgood.ledger import Ledger, records
from lastgood.ports import Key, RacedError
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.dispatch import dispatch
from lastgood.workflows.operator import dismiss
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154

PROPOSING = parse_policy(POLICY.replace('"auto"', '"propose"'))
EVENTS = Path(__file__).parents[2] / "events"
QUIET = timedelta(minutes=5)


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def transition(
    name: str,
    changed_at: str = "11:53:30",
    onset: str = "11:48:00",
    strength: Strength = "datapoint",
    **facts: Any,
) -> Incident:
    bases: dict[Strength, OnsetBasis] = {"guess": "state-change", "given": "given"}
    told = {
        "alarm": "memory-low",
        "source": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:memory-low",
        "changed_at": at(changed_at),
        "onset_basis": bases.get(strength, "datapoint"),
        "strength": strength,
    }
    return msgspec.structs.replace(incident(name, onset), **told | facts)


def kinds(world: FakeWorld) -> list[str]:
    return [entry.kind for entry in world.ledger.entries(REDIS)]


# Which transitions join


@pytest.mark.parametrize(
    ("onset", "strength", "caution", "joins"),
    [
        ("11:48:00", "datapoint", None, True),
        ("11:50:00", "datapoint", None, True),
        ("11:50:00", "guess", "a composite", True),
        ("11:30:00", "datapoint", None, True),
        ("11:30:00", "guess", None, False),
        ("11:30:00", "datapoint", "a caution", False),
        ("11:30:00", "given", None, False),
        ("11:50:00", "given", None, False),
    ],
)
def test_what_adds_nothing_or_moves_the_onset_joins_and_what_is_a_choice_does_not(
    onset: str, strength: Strength, caution: str | None, *, joins: bool
) -> None:
    found = incident().taking_in(transition("b", onset=onset, strength=strength, caution=caution))

    assert (found is not None) == joins
    assert found is None or found.onset == min(at(onset), incident().onset)
    assert found is None or found.strength == "datapoint"


@pytest.mark.parametrize("ours", STRENGTHS)
@pytest.mark.parametrize("theirs", STRENGTHS)
@pytest.mark.parametrize("onset", ["11:30:00", "11:48:00", "11:50:00"])
def test_nothing_gets_stronger_or_later_by_joining(
    ours: Strength, theirs: Strength, onset: str
) -> None:
    leader = transition("leader", strength=ours)

    found = leader.taking_in(transition("b", onset=onset, strength=theirs))

    if found is not None:
        assert (found.known_by, found.onset <= leader.onset) == (ours, True)
        assert STRENGTHS.index(theirs) <= STRENGTHS.index(ours)


@pytest.mark.parametrize(
    ("changed_at", "joins"),
    [
        ("11:48:08", False),
        ("11:48:09", True),
        ("11:53:08", True),
        ("11:58:07", True),
        ("11:58:08", False),
    ],
)
def test_a_transition_joins_that_is_closer_than_quiet_in_whichever_order_they_come(
    world: FakeWorld, changed_at: str, *, joins: bool
) -> None:
    world.ledger.open(incident(), world.now(), QUIET)

    opened = world.ledger.open(transition("b", changed_at), world.now(), QUIET)

    assert opened.joined == joins
    assert opened.incident.id == ("incident-1" if joins else "b")


def test_closer_is_measured_from_the_last_of_them_and_not_from_the_first(world: FakeWorld) -> None:
    times = [print_rfc3339(at("11:53:08") + n * timedelta(minutes=4))[11:19] for n in range(6)]
    world.ledger.open(incident(), world.now(), QUIET)

    opened = [world.ledger.open(transition(each, each), world.now(), QUIET) for each in times]

    assert {one.incident.id for one in opened} == {"incident-1"}


def test_after_an_hour_the_next_one_is_an_incident_of_its_own_and_takes_in_what_follows(
    world: FakeWorld,
) -> None:
    """Whoever should have ended the first may have died long ago."""
    first, steps = at("11:53:08"), range(0, 68, 4)
    opened = [
        world.ledger.open(
            msgspec.structs.replace(
                transition(f"{n}"), changed_at=first + n * timedelta(minutes=1)
            ),
            world.now(),
            QUIET,
        ).incident.id
        for n in steps
    ]

    assert opened == ["0"] * 15 + ["60"] * 2


def test_quiet_of_nothing_lets_nothing_join(world: FakeWorld) -> None:
    world.ledger.open(incident(), world.now())

    assert world.ledger.open(transition("b", "11:53:08"), world.now()).incident.id == "b"


def test_what_has_ended_takes_nothing_in(world: FakeWorld) -> None:
    start(incident(), world)
    assert recover(incident(), FakeFlow(), world).state == "settled"

    opened = start(transition("b"), world)

    assert (opened.joined, opened.incident.id) == (False, "b")


def test_what_can_join_one_of_several_does_so(world: FakeWorld) -> None:
    start(incident(), world)
    start(transition("guess", onset="11:30:00", strength="guess"), world)
    assert start(transition("another guess", onset="11:31:00", strength="guess"), world).joined

    assert start(transition("c", onset="11:49:00"), world).incident.id == "incident-1"


def test_a_delivery_that_did_not_see_its_own_first_one_does_not_join_itself(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records of one read are not of one moment."""
    world.ledger.open(incident(), world.now(), QUIET)
    read, stale = world.store.read, [True]

    def late(keys: Any) -> Any:
        found = read(keys)
        if stale.pop() if stale else False:
            return [found[0]._replace(version=0, body=b""), *found[1:]]
        return found

    monkeypatch.setattr(world.store, "read", late)

    opened = world.ledger.open(incident(), world.now(), QUIET)

    assert (opened.first, opened.joined, opened.incident.id) == (False, False, "incident-1")


# What joining does


def test_what_joins_starts_nothing_and_moves_the_onset_of_what_takes_it_in(
    world: FakeWorld,
) -> None:
    start(incident(), world)
    recovering = FakeFlow()

    start(transition("b", onset="11:41:00"), world)
    recovery = recover(incident(), recovering, world)

    assert list(world.starter.started) == ["incident-1"]
    assert recovery.plan is not None
    assert (recovery.state, recovery.plan.mode) == ("settled", "auto")
    assert recovery.plan.incident.onset == at("11:41:00")
    assert recovery.plan.target < at("11:39:00")
    assert "memory-low" in recovery.plan.incident.onset_detail
    assert world.ledger.history(incident()).suspects == ()


def test_what_was_proposed_is_proposed_anew_when_what_joins_moves_the_onset(
    world: FakeWorld,
) -> None:
    world.current_policy = PROPOSING
    start(incident(), world)
    flow = FakeFlow()
    flow.while_asleep = lambda: start(transition("b", onset="11:41:00"), world)

    recovery = recover(incident(), flow, world)

    assert kinds(world).count("proposed") == 2
    assert recovery.plan is not None
    assert recovery.plan.incident.onset == at("11:41:00")


def test_what_was_measured_is_proposed_anew_when_what_joins_saw_something_earlier(
    world: FakeWorld,
) -> None:
    """The measured onset of an alarm says nothing of what another alarm saw."""
    start(incident(), world)
    plan = consider(incident(), world)
    assert isinstance(plan, Decided)
    assert isinstance(plan.decision, Plan)
    measured = msgspec.structs.replace(incident(), confirmed=True)
    proposed = msgspec.structs.replace(plan.decision, incident=measured, mode="propose").sealed()
    world.ledger.conclude(proposed, measured, world.now())
    world.ledger.keep_callback(proposed, "callback-1")

    start(transition("b", onset="11:41:00"), world)

    assert world.waker.woken == ["callback-1"]


def test_what_takes_in_others_and_was_never_started_is_started_by_them(world: FakeWorld) -> None:
    world.ledger.open(incident(), world.now(), QUIET)

    start(transition("b"), world)

    assert list(world.starter.started) == ["incident-1"]


def test_what_joined_is_found_under_its_own_name_too(world: FakeWorld) -> None:
    start(incident(), world)
    start(transition("b", onset="11:41:00"), world)

    found = world.ledger.incident("b")

    assert found is not None
    assert (found.id, found.onset) == ("incident-1", at("11:41:00"))


def test_dismissing_an_incident_dismisses_what_joined_it(world: FakeWorld) -> None:
    start(incident(), world)
    start(transition("b", onset="11:41:00"), world)

    dismiss("b", "a load test", "ada", world)

    assert world.ledger.history(incident()).suspects == ()


def test_an_incident_is_over_only_when_every_alarm_that_joined_it_is(world: FakeWorld) -> None:
    start(incident(), world)
    start(transition("b"), world)
    other, own = transition("b").source, incident().source

    world.ledger.hear(own, "OK", at("11:53:50"), at("11:53:50"))
    assert world.ledger.history(incident()).cleared_at is None
    world.ledger.hear(other, "OK", at("11:53:55"), at("11:53:55"))
    assert world.ledger.history(incident()).cleared_at == at("11:53:50")


def test_an_alarm_that_goes_off_again_after_it_cleared_keeps_its_incident_alive(
    world: FakeWorld,
) -> None:
    start(incident(), world)
    world.ledger.hear(incident().source, "OK", at("11:53:20"), at("11:53:20"))
    start(transition("again", "11:53:40", source=incident().source), world)

    assert world.ledger.history(incident()).cleared_at is None


# Deliveries that repeat


def test_the_same_transition_joins_once(world: FakeWorld) -> None:
    start(incident(), world)
    for _ in range(3):
        assert start(transition("b"), world).joined

    (joined,) = world.ledger.end(REDIS).joined  # type: ignore[attr-defined] # it is an instance's
    assert joined.count == 1
    assert kinds(world) == ["alarm", "joined"]


@pytest.mark.parametrize(
    ("strength", "onset_of_all"), [("datapoint", "11:41:00"), ("guess", "11:48:00")]
)
def test_a_later_delivery_of_what_joined_may_say_an_earlier_onset(
    world: FakeWorld, strength: Strength, onset_of_all: str
) -> None:
    start(incident(), world)
    start(transition("b"), world)

    start(transition("b", onset="11:41:00", strength=strength), world)

    known = world.ledger.incident("incident-1")
    assert known is not None
    assert known.onset == at(onset_of_all)
    suspects = {one.incident: one.onset for one in world.ledger.history(incident()).suspects}
    assert suspects["b"] == at("11:41:00")
    assert kinds(world) == ["alarm", "joined", "improved"]


# Floods


def test_a_thousand_alarms_of_one_instance_are_one_recovery_and_a_journal_that_can_be_read(
    world: FakeWorld,
) -> None:
    event = json.loads((EVENTS / "eventbridge-alarm.json").read_text())
    for number in range(1000):
        event["resources"] = [f"{event['resources'][0].rpartition(':')[0]}:{number}"]
        outcome = dispatch(event, world).outcomes[0]
        assert outcome.result == ("joined" if number else "started")

    (started,) = world.starter.started.values()
    recovery = recover(started, FakeFlow(), world)

    assert recovery.state == "settled"
    assert len(world.cloud.restores) == 1
    assert kinds(world)[:4] == ["alarm", "joined", "joined", "joined"]
    assert len(kinds(world)) < 12
    assert world.ledger.history(started).suspects == ()


def test_of_a_flood_of_which_not_all_is_remembered_none_is_taken_for_over(
    world: FakeWorld,
) -> None:
    start(incident(), world)
    for number in range(300):
        start(transition(f"b{number}", source=f"arn:{number}"), world)
        world.ledger.hear(f"arn:{number}", "OK", at("11:53:50"), at("11:53:50"))
    world.ledger.hear(incident().source, "OK", at("11:53:50"), at("11:53:50"))

    assert world.ledger.history(incident()).cleared_at is None


def test_what_raced_with_another_write_is_tried_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(incident(), world)
    commit, lost = world.store.commit, [RacedError("others were first")]

    def raced(changes: Any) -> None:
        if lost:
            raise lost.pop()
        commit(changes)

    monkeypatch.setattr(world.store, "commit", raced)

    assert Ledger(world.store).open(transition("b"), world.now(), QUIET).joined


# What is written


def told(world: FakeWorld) -> list[tuple[str, str | None, str, datetime]]:
    """Each entry: its kind and incident, and which transition it tells of, with the onset."""
    found = []
    for entry in world.ledger.entries(REDIS):
        assert entry.at == world.now()
        detail = msgspec.convert(entry.detail, Incident)
        found.append((entry.kind, entry.incident, detail.id, detail.onset))
    return found


def test_the_journal_has_who_joined_and_what_that_changed(world: FakeWorld) -> None:
    for one in (
        incident(),
        incident(onset="11:47:00"),
        transition("b", onset="11:49:00"),
        transition("c", onset="11:45:00"),
        transition("b", onset="11:41:00"),
    ):
        assert not (world.ledger.open(one, world.now(), QUIET).first and one.id != "incident-1")

    assert told(world) == [
        ("alarm", "incident-1", "incident-1", at("11:48:00")),
        ("improved", "incident-1", "incident-1", at("11:47:00")),
        ("joined", "incident-1", "b", at("11:49:00")),
        ("improved", "incident-1", "incident-1", at("11:45:00")),
        ("improved", "incident-1", "incident-1", at("11:41:00")),
    ]


def test_whatever_joins_is_never_the_first(world: FakeWorld) -> None:
    world.ledger.open(incident(), world.now(), QUIET)

    for onset in ("11:49:00", "11:49:00", "11:41:00"):
        opened = world.ledger.open(transition("b", onset=onset), world.now(), QUIET)
        assert (opened.first, opened.joined) == (False, True)


def test_the_tenth_and_the_hundredth_are_told_and_no_other(world: FakeWorld) -> None:
    world.ledger.open(incident(), world.now(), QUIET)
    for number in range(1, 121):
        world.ledger.open(transition(f"b{number}"), world.now(), QUIET)

    assert [about for kind, _, about, _ in told(world) if kind == "joined"] == ["b1", "b10", "b100"]


@pytest.mark.parametrize("later", [transition("d", onset="11:43:00"), incident(onset="11:43:00")])
def test_what_comes_later_does_not_move_the_onset_back(world: FakeWorld, later: Incident) -> None:
    for one in (incident(), transition("b", onset="11:45:00"), transition("c", onset="11:41:00")):
        world.ledger.open(one, world.now(), QUIET)

    world.ledger.open(later, world.now(), QUIET)

    known = world.ledger.incident("incident-1")
    assert known is not None
    assert known.onset == at("11:41:00")


def test_a_later_delivery_counts_beside_what_others_have_said(world: FakeWorld) -> None:
    for one in (incident(onset="11:41:00"), transition("b")):
        world.ledger.open(one, world.now(), QUIET)

    world.ledger.open(transition("b", onset="11:45:00"), world.now(), QUIET)

    suspects = {one.incident: one for one in world.ledger.history(incident()).suspects}
    assert (suspects["b"].onset, suspects["b"].joined) == (at("11:45:00"), "incident-1")
    assert Key("incident#incident-1", "improved") not in world.store.records


def test_an_earlier_transition_widens_the_time_in_which_others_are_close(world: FakeWorld) -> None:
    for name, changed_at in (("incident-1", "11:53:08"), ("b", "11:50:00"), ("c", "11:46:00")):
        one = transition(name, changed_at)
        assert world.ledger.open(one, world.now(), QUIET).incident.id == "incident-1"


def test_what_joined_is_counted_until_its_incident_ends(world: FakeWorld) -> None:
    start(incident(), world)
    start(transition("b"), world)
    counts: list[int] = []

    def count() -> None:
        counts.extend(one.count for one in head_of(world).joined)

    world.current_policy = PROPOSING
    flow = FakeFlow()
    flow.while_asleep = count
    recover(incident(), flow, world)

    assert set(counts) == {1}
    assert head_of(world).joined == ()


def head_of(world: FakeWorld) -> Head:
    (record,) = world.store.read([records.head(REDIS)])
    return records.read(record, Head)


# Starting and waking


def test_what_joins_starts_nothing_that_was_decided_and_a_repetition_does(world: FakeWorld) -> None:
    world.current_policy = PROPOSING
    start(incident(), world)
    plan = consider(incident(), world)
    assert isinstance(plan, Decided)
    world.ledger.conclude(plan.decision, incident(), world.now())
    world.starter.started.clear()

    start(transition("b"), world)
    assert list(world.starter.started) == []
    start(incident(), world)
    assert list(world.starter.started) == ["incident-1"]


def test_an_alarm_of_an_instance_that_left_the_policy_is_started_to_be_refused(
    world: FakeWorld,
) -> None:
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=())

    assert start(incident(), world).first


def test_a_delivery_that_tells_less_than_is_known_wakes_nobody(world: FakeWorld) -> None:
    weak = msgspec.structs.replace(incident(), strength="guess")
    for one in (weak, incident()):
        start(one, world)
    plan = consider(weak, world)
    assert isinstance(plan, Decided)
    assert isinstance(plan.decision, Plan)
    world.ledger.conclude(plan.decision, weak, world.now())
    world.ledger.keep_callback(plan.decision, "callback-1")

    start(weak, world)

    assert world.waker.woken == []


# Which may be taken in, in detail


def test_what_was_asked_for_takes_nothing_in() -> None:
    assert transition("asked", strength="given").taking_in(transition("b")) is None


@pytest.mark.parametrize("ours", [None, "a composite"])
@pytest.mark.parametrize("theirs", [None, "a composite"])
def test_an_earlier_onset_is_taken_over_where_both_may_act_or_neither(
    ours: str | None, theirs: str | None
) -> None:
    leader = transition("leader", caution=ours)
    other = transition("b", onset="11:41:00", caution=theirs, onset_basis="evaluation-start")

    found = leader.taking_in(other)

    assert (found is None) == (ours != theirs)
    assert found is None or (found.onset_basis, found.caution) == ("evaluation-start", ours)


def test_a_restore_settles_what_lies_after_its_target_and_remembers_how_it_was_sent(
    world: FakeWorld,
) -> None:
    start(incident(), world)
    start(transition("at the target", onset="11:40:20", strength="guess"), world)
    world.ledger.forget(transition("at the target"), "dismissed", "nothing", world.now())
    recovery = recover(incident(), FakeFlow(), world)
    assert recovery.plan is not None
    before = msgspec.structs.replace(recovery, state="validated")
    boundary = Head().suspecting(transition("at the target", onset="11:40:20"))

    head = hold(boundary, before, recovery)

    assert recovery.plan.target == at("11:40:20")
    assert [one.incident for one in head.suspects] == ["at the target"]
    assert head.last_recovery is not None
    assert head.last_recovery == PastRecovery(
        incident="incident-1",
        target=at("11:40:20"),
        ended_at=recovery.changed_at,
        job=recovery.job,
        sent_at=recovery.sent_at,
    )
    assert None not in {recovery.job, recovery.sent_at}


def test_what_was_dismissed_stays_so_when_it_is_delivered_again(world: FakeWorld) -> None:
    start(incident(), world)
    start(transition("b"), world)
    dismiss("incident-1", "a load test", "ada", world)

    opened = world.ledger.open(transition("b", onset="11:41:00"), world.now(), QUIET)

    assert opened.joined
    assert world.ledger.history(incident()).suspects == ()


def test_a_restore_that_was_validated_does_not_run_any_more(world: FakeWorld) -> None:
    start(incident(), world)
    settled = recover(incident(), FakeFlow(), world)
    validated = msgspec.structs.replace(settled, state="validated")
    released = msgspec.structs.replace(settled, state="handed-over")

    past = hold(Head(), validated, released).last_recovery

    assert past is not None
    assert not past.running
