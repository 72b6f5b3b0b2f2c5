"""What reaches a person as text, and what does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lastgood.domain.drills import Report, Result
from lastgood.domain.errors import EventError, PolicyError
from lastgood.domain.events import Pending, announce_finding
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.notices import LONGEST_SUBJECT, Notice, tell_dead_recovery, tell_event
from lastgood.domain.objective import Finding
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Unknown
from lastgood.ledger import records
from lastgood.workflows.notifying import notify
from lastgood.workflows.operator import approve, reject
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, RDS, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154
from tests.support.sweeps import sweep_all


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154(mode="propose")


def event(kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": "lastgood", "detail-type": kind, "detail": detail}


def ended(name: str, status: str = "TIMED_OUT") -> dict[str, Any]:
    return {
        "source": "aws.lambda",
        "detail-type": "Durable Execution Status Change",
        "detail": {"status": status, "durableExecutionName": name},
    }


def tell(event: object, world: FakeWorld) -> bool:
    return notify(event, world.ledger, world.notifier)


def told(world: FakeWorld) -> list[tuple[str, str]]:
    """Notify of everything that was published; what reached a person."""
    for kind, detail in world.publisher.published:
        tell(event(kind, detail), world)
    return world.notifier.sent


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("lastgood ")]


def test_a_proposal_can_be_answered_from_its_text_alone(world: FakeWorld) -> None:
    start(incident("earlier", onset="11:30:00"), world)
    flow = FakeFlow()

    def answer() -> None:
        ((subject, text),) = told(world)
        assert subject == "lastgood: orders-cache: approve a restore?"
        assert text == PROPOSAL
        _, _, name, _, prefix = commands(text)[1].split()
        approve(name, prefix, "ada", world)

    flow.while_asleep = answer

    assert recover(incident(), flow, world).state == "settled"
    assert world.cloud.restores == [(REDIS, "2026-02-17T19:40:20+0800")]


PROPOSAL = f"""\
orders-cache would be restored to 2026-02-17T11:20:20Z and lose 33m40s; answer until \
2026-02-17T12:24:00Z.
Alarm: orders-cache-keys-dropped, 2026-02-17T11:53:08Z
Bad since: 2026-02-17T11:48:00Z (datapoint), the first of 1 breaching datapoints
Another alarm says: bad since 2026-02-17T11:30:00Z
Target: 2026-02-17T11:20:20Z, the writes of 33m40s after it would be lost
Warning: by incident earlier, which nothing has settled, the data was bad since \
2026-02-17T11:30:00Z: no more than a proposal

Approve:
lastgood approve incident-1 --plan dfd25723

Or restore to 2026-02-17T11:40:20Z, lose 13m40s, risk bad data:
lastgood approve incident-1 --plan 2b1e1847

If the data is good:
lastgood dismiss incident-1 --reason "the data is good"

If it is bad, and not to be restored:
lastgood reject incident-1 --reason "no restore"

Details:
lastgood status incident-1

{REDIS} proposed dfd25723"""


def test_a_recovery_that_went_well_is_told_at_its_end(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY)
    recover(incident(), FakeFlow(), world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: orders-cache is restored"
    done = "orders-cache is restored to 2026-02-17T11:40:20Z; whether it helped is not known"
    assert text.splitlines()[0].startswith(done)
    assert "the writes of 13m40s after it are lost" in text
    assert commands(text) == ["lastgood status incident-1"]


def test_a_recovery_whose_outcome_is_unknown_is_told_with_what_to_do(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY)
    world.cloud.outcomes = [Unknown("the answer was lost")]
    recover(incident(), FakeFlow(), world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: orders-cache: its recovery needs you"
    assert text.startswith("the recovery of orders-cache needs a person: the answer was lost")
    assert "\nTry: open the instance and its tasks in the console" in text


def test_what_expired_is_told_and_what_a_person_rejected_is_not(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)
    flow = FakeFlow()
    flow.while_asleep = lambda: reject("incident-2", "a test", "ada", world)
    recover(incident("incident-2"), flow, world)

    subjects = [subject for subject, _ in told(world)]

    assert subjects == [
        "lastgood: orders-cache: approve a restore?",
        "lastgood: orders-cache is not restored, nobody answered",
        "lastgood: orders-cache: approve a restore?",
    ]


def test_a_refusal_is_told_unless_the_policy_only_observes(world: FakeWorld) -> None:
    world.cloud.instances[REDIS].points.clear()
    recover(incident(), FakeFlow(), world)
    world.current_policy = parse_policy(POLICY.replace('"auto"', '"observe"'))
    recover(incident("observed"), FakeFlow(), world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: orders-cache is not restored"
    assert "no-restorable-moment" not in text.splitlines()[-1]
    assert "\nTry: " in text


def test_an_instance_that_is_degraded_is_told_and_one_that_is_restored_is_not(
    world: FakeWorld,
) -> None:
    sweep_all("sweep-1", world)
    world.cloud.instances[REDIS].points.clear()
    sweep_all("sweep-2", world)
    world.cloud.add_points(REDIS, "2026-02-17T19:50:20+0800")
    sweep_all("sweep-3", world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: orders-cache could not be restored as promised"
    assert text == f"orders-cache is failing\nnothing is restorable\n{REDIS}, sweep-2"


def test_an_instance_that_left_the_policy_is_told_by_its_id(world: FakeWorld) -> None:
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=())
    recover(incident(), FakeFlow(), world)
    kind, detail = world.publisher.published[0]

    assert "instance_name" not in detail
    detail["code"] = "no-restorable-moment"
    tell(event(kind, detail), world)
    assert world.notifier.sent[0][0] == f"lastgood: {REDIS} is not restored"


def test_a_policy_that_cannot_be_read_holds_no_event_up(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise PolicyError("it is no TOML", "correct it")

    monkeypatch.setattr(world, "policy", broken)

    recover(incident(), FakeFlow(), world)

    assert "instance_name" not in world.publisher.published[0][1]


# Executions that died


def test_a_recovery_whose_execution_died_is_told_with_the_way_to_free_it(
    world: FakeWorld,
) -> None:
    start(incident(), world)
    flow = FakeFlow()
    flow.while_asleep = lambda: tell(ended("incident-1-0123abcd"), world) and None

    recover(incident(), flow, world)

    ((subject, text),) = world.notifier.sent
    assert subject == f"lastgood: {REDIS}: its recovery has died"
    assert text == DEAD


DEAD = f"""\
The execution of this recovery is TIMED_OUT. It stood at: proposed.
Nothing goes on with it. A restore may be running: look at the instance first.

Then free it:
lastgood reject incident-1 --reason "it died"

To restore after all:
lastgood recover --instance {REDIS} --before 2026-02-17T11:48:00Z

{REDIS}, orders-cache-keys-dropped"""


def test_one_that_died_before_anything_was_decided_holds_nothing(world: FakeWorld) -> None:
    start(incident(), world)

    assert tell(ended("incident-1-0123abcd", "FAILED"), world)

    ((_, text),) = world.notifier.sent
    assert "It stood at: not decided." in text
    assert [line.split()[1] for line in commands(text)] == ["recover"]


def test_an_execution_that_failed_because_its_recovery_did_is_not_told_twice(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(POLICY)
    start(incident(), world)
    world.cloud.outcomes = [Unknown("the answer was lost")]
    recover(incident(), FakeFlow(), world)

    assert not tell(ended("incident-1-0123abcd", "FAILED"), world)


def test_a_verification_that_died_is_told(world: FakeWorld) -> None:
    assert tell(ended("2026-02-17T12-00-00Z"), world)

    ((subject, text),) = world.notifier.sent
    assert subject == "lastgood: a verification has died"
    assert (
        text
        == """\
The verification 2026-02-17T12-00-00Z is TIMED_OUT.
Whether the instances could be restored is not known until the next one.

Measure now:
lastgood verify
"""
    )


# What is no reason to wake anybody


@pytest.mark.parametrize("kind", ["Recoverability Restored", "Sweep Completed"])
def test_good_news_wakes_nobody(world: FakeWorld, kind: str) -> None:
    assert not tell(event(kind, {}), world)
    assert world.notifier.sent == []


@pytest.mark.parametrize("other", [{}, {"source": "aws.s3", "detail": {}}, "text"])
def test_an_event_of_somebody_else_is_an_error(world: FakeWorld, other: object) -> None:
    with pytest.raises(EventError) as error:
        tell(other, world)
    assert error.value.message == "it is no event of lastgood, and no end of an execution"
    assert error.value.hint == "check the rules that invoke this function"


def test_a_subject_is_short_and_plain_whatever_the_instance_is_called(world: FakeWorld) -> None:
    world.current_policy = parse_policy(
        POLICY.replace('"auto"', '"propose"').replace('"orders-cache"', f'"{"é" * 64}"')
    )
    recover(incident(), FakeFlow(), world)

    for subject, _ in told(world):
        assert subject.isascii()
        assert len(subject) <= LONGEST_SUBJECT


def test_one_whose_end_could_not_be_published_is_told_by_its_dead_execution(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(POLICY)
    start(incident(), world)
    world.cloud.outcomes = [Unknown("the answer was lost")]
    world.publisher.failing = 99
    recover(incident(), FakeFlow(), world)

    assert tell(ended("incident-1-0123abcd", "FAILED"), world)
    assert world.notifier.sent[0][0] == "lastgood: orders-cache: its recovery needs you"


def test_what_others_could_not_publish_is_not_told_for_a_dead_execution(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY)
    start(incident(), world)
    world.cloud.outcomes = [Unknown("the answer was lost")]
    world.publisher.failing = 99
    recover(incident(), FakeFlow(), world)
    start(incident("incident-2"), world)

    assert tell(ended("incident-2-0123abcd", "FAILED"), world)
    assert "It stood at: not decided." in world.notifier.sent[0][1]


@pytest.mark.parametrize(("state", "verb"), [("claimed", "release"), ("approved", "reject")])
def test_what_it_holds_is_freed_by_the_command_that_works_in_its_state(
    state: State, verb: str
) -> None:
    held = Recovery(incident="i", instance=REDIS, state=state, changed_at=at("12:00:00"))

    notice = tell_dead_recovery(incident(), held, "STOPPED")

    assert notice is not None
    assert f"It stood at: {state}.\n" in notice.text
    assert commands(notice.text)[0].startswith(f"lastgood {verb} incident-1")


@pytest.mark.parametrize("state", ["settled", "refused", "rejected", "expired", "failed"])
def test_an_execution_that_fails_after_its_recovery_has_ended_is_told_to_nobody(
    state: State,
) -> None:
    done = Recovery(incident="i", instance=REDIS, state=state, changed_at=at("12:00:00"))

    assert tell_dead_recovery(incident(), done, "FAILED") is None


def test_a_database_that_is_not_restored_in_place_is_not_offered_for_approval(
    world: FakeWorld,
) -> None:
    recover(incident(), FakeFlow(), world)
    kind, detail = world.publisher.published[0]

    tell(event(kind, detail | {"instance": RDS}), world)

    ((_, text),) = world.notifier.sent
    assert (
        "\nIt is not restored in place: restore it to a new one in the console, then reject\n"
        in text
    )
    assert [line.split()[1] for line in commands(text)] == ["dismiss", "reject", "status"]


OF_A_RECOVERY = {
    "version": 1,
    "incident": "incident-1",
    "instance": REDIS,
    "alarm": "keys-low",
    "changed_at": at("11:50:30"),
    "onset": at("11:45:00"),
    "onset_basis": "state-change",
    "strength": "guess",
    "at": at("12:00:00"),
}
SAID: dict[str, tuple[dict[str, Any], str, str]] = {
    # what else the event says, and its notice
    "one that is restored, with what that cost": (
        {
            "state": "settled",
            "target": at("11:40:20"),
            "loss_seconds": 640,
            "lost_seconds": 700,
            "plan_hash": "0123456789abcdef",
            "instance_name": "orders-cache",
            "summary": "orders-cache is restored",
            "onset_detail": "the start of what the alarm evaluated",
            "warnings": ["the alarm is old", "the alarm is new"],
        },
        "lastgood: orders-cache is restored",
        f"""\
orders-cache is restored.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (guess), the start of what the alarm evaluated
Target: 2026-02-17T11:40:20Z, the writes of 11m40s after it are lost
Warning: the alarm is old
Warning: the alarm is new

Details:
lastgood status incident-1

{REDIS} settled 01234567""",
    ),
    "one that is refused, whose target is of no interest any more": (
        {
            "state": "refused",
            "target": at("11:40:20"),
            "loss_seconds": 640,
            "plan_hash": "0123456789abcdef",
            "hint": "wait",
        },
        f"lastgood: {REDIS} is not restored",
        f"""\
{REDIS}: refused.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (guess), state-change
Try: wait

Details:
lastgood status incident-1

{REDIS} refused 01234567""",
    ),
    "one that failed before there was a plan": (
        {"state": "failed"},
        f"lastgood: {REDIS}: its recovery failed",
        f"""\
{REDIS}: failed.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (guess), state-change

Details:
lastgood status incident-1

{REDIS} failed""",
    ),
    "one of a version that told neither strength nor loss": (
        {"state": "expired", "target": at("11:40:20"), "strength": None},
        f"lastgood: {REDIS} is not restored, nobody answered",
        f"""\
{REDIS}: expired.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (state-change), state-change

Details:
lastgood status incident-1

{REDIS} expired""",
    ),
    "one that was rejected, in a version that gave no code": (
        {"state": "rejected"},
        f"lastgood: {REDIS} is not restored",
        f"""\
{REDIS}: rejected.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (guess), state-change

Details:
lastgood status incident-1

{REDIS} rejected""",
    ),
    "one whose instance has a long name that is not of ASCII": (
        {"state": "failed", "instance_name": "é" * 100},
        f"lastgood: {'?' * 89}",
        f"""\
{"é" * 100}: failed.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (guess), state-change

Details:
lastgood status incident-1

{REDIS} failed""",
    ),
    "one that is handed over, without what its restore would lose": (
        {"state": "handed-over", "target": at("11:40:20")},
        f"lastgood: {REDIS}: its recovery needs you",
        f"""\
{REDIS}: handed-over.
Alarm: keys-low, 2026-02-17T11:50:30Z
Bad since: 2026-02-17T11:45:00Z (guess), state-change

Details:
lastgood status incident-1

{REDIS} handed-over""",
    ),
}


@pytest.mark.parametrize(("changes", "subject", "text"), SAID.values(), ids=SAID)
def test_what_an_event_says_is_told_and_nothing_stands_for_what_it_does_not_say(
    changes: dict[str, Any], subject: str, text: str
) -> None:
    assert tell_event("Recovery Anything", OF_A_RECOVERY | changes) == Notice(subject, text)


@pytest.mark.parametrize(
    "code",
    [
        "observing",
        "not-an-alarm",
        "not-covered",
        "alarm-cleared",
        "dismissed",
        "rejected",
        "expected-after-recovery",
    ],
)
def test_a_refusal_after_which_nobody_has_to_do_anything_wakes_nobody(code: str) -> None:
    refused = OF_A_RECOVERY | {"state": "refused", "code": code}

    assert tell_event("Recovery Refused", refused) is None
    assert tell_event("Recovery Refused", refused | {"code": "pitr-off"}) is not None


def test_an_instance_that_could_not_be_measured_is_not_said_to_be_unrestorable() -> None:
    finding = Finding(instance=REDIS, verdict="unknown", measured_at=at("12:00:00"))

    notice = tell_event(
        "Recoverability Degraded",
        msgspec.to_builtins(announce_finding("sweep-1", finding, "ok", "orders-cache")),
    )

    assert notice == Notice(
        "lastgood: orders-cache could not be measured",
        f"orders-cache is unknown\n{REDIS}, sweep-1",
    )


# Drills


def drill_event(result: str, **more: object) -> dict[str, object]:
    told = {
        "version": 1,
        "drill": "drill-1",
        "instance": RDS,
        "instance_name": "orders-db",
        "result": result,
        "reason": "why",
        "began_at": "2026-02-17T12:00:00Z",
        "ended_at": "2026-02-17T12:30:00Z",
        "summary": "orders-db could not be restored: why",
    }
    return told | more


def test_a_drill_that_proved_it_wakes_nobody(world: FakeWorld) -> None:
    assert not tell(event("Drill Proved", drill_event("proved")), world)
    assert world.notifier.sent == []


@pytest.mark.parametrize(
    ("kind", "detail", "subject", "told"),
    [
        (
            "Drill Disproved",
            drill_event("disproved"),
            "lastgood: orders-db could not be restored in a drill",
            "orders-db could not be restored: why.",
        ),
        (
            "Drill Not Tried",
            drill_event("not-tried"),
            "lastgood: orders-db was not drilled",
            "Drill it again:\nlastgood drill orders-db",
        ),
        (
            "Drill Proved",
            drill_event("proved", left_behind="it is busy"),
            "lastgood: orders-db: its drill left a copy behind",
            (
                "Its copy may still be there: it is busy\n\nSee what it costs, and delete it:\n"
                "lastgood copies"
            ),
        ),
    ],
)
def test_a_drill_that_did_not_wakes_somebody(
    world: FakeWorld, kind: str, detail: dict[str, object], subject: str, told: str
) -> None:
    assert tell(event(kind, detail), world)

    ((sent, text),) = world.notifier.sent
    assert sent == subject
    assert told in text
    assert text.endswith(f"{RDS}, drill-1")


def died(world: FakeWorld, result: Result | None = None) -> None:
    report = Report(drill="drill-1", instance=RDS, at=world.now(), result=result)
    world.ledger.begin_drill(report)
    tell(ended("drill-1-01234567"), world)


def test_a_drill_that_died_is_told(world: FakeWorld) -> None:
    died(world)

    ((subject, text),) = world.notifier.sent
    assert subject == f"lastgood: {RDS}: its drill has died"
    assert (
        text
        == f"""\
The execution of this drill is TIMED_OUT. It stood at: not begun.
It has shown nothing. The next verifications delete what it made, once its time is over.

Drill it again:
lastgood drill {RDS}

{RDS}"""
    )


def test_what_a_drill_that_died_holds_can_be_released(world: FakeWorld) -> None:
    held = Recovery(incident="drill-1", instance=RDS, state="claimed", changed_at=world.now())
    (record,) = world.store.read([records.recovery("drill-1")])
    world.store.commit([records.put(record, held)])

    died(world)

    ((_, text),) = world.notifier.sent
    release = 'lastgood release drill-1 --reason "it died"'
    assert f"\nThen let another one begin:\n{release}\n" in text


def test_of_a_drill_that_ended_before_nothing_is_told_again(world: FakeWorld) -> None:
    died(world, "proved")

    assert world.notifier.sent == []


def test_a_closing_that_died_is_told(world: FakeWorld) -> None:
    assert tell(ended("close-2026021711-0123456789abcdef-01234567", "FAILED"), world)

    ((subject, text),) = world.notifier.sent
    assert subject == "lastgood: a copy of a drill may be left"
    assert "which was to delete what a drill left, is FAILED.\n" in text
    assert "\nThe next verification begins it anew.\n" in text
    assert "See what is left, and what it costs:\nlastgood copies" in text


def test_a_drill_whose_end_could_not_be_published_is_told_as_it_ended(world: FakeWorld) -> None:
    world.ledger.postpone(Pending("Drill Disproved", drill_event("disproved")))
    died(world, "disproved")

    ((subject, _),) = world.notifier.sent
    assert subject == "lastgood: orders-db could not be restored in a drill"
