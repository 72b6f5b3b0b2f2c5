"""A recovery to a new instance: one order for an incident, followed until the copy is really ready.

The source is never touched, so nothing is undone: neither fence nor suspicion depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.alarm import Incident
from lastgood.domain.copies import Copy, Order
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Accepted, Job, Outcome, Refused, Unknown, Validation
from lastgood.ports import CloudError, VaultError
from lastgood.workflows.operator import ApprovalError, approve
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, RDS, REDIS, at
from tests.support.fakes import SHAPE, FakeFlow, FakeRds, FakeWorld, service_times
from tests.support.scenes import incident

BY_COPY = f"""
[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prod"
service = "rds"
mode = "auto"
recover = "copy"
copy = {{ security_group_id = "sg-1" }}
"""
QUOTA = Refused("DBS.200046", "413 DBS.200046: The quota is used up.")
BUSY = Refused("DBS.200011", "409 DBS.200011: Another operation runs.", "busy")


def damage(name: str = "incident-1", onset: str = "11:48:00") -> Incident:
    return msgspec.structs.replace(incident(name, onset), instance=RDS, alarm="orders-lost")


@pytest.fixture
def world() -> FakeWorld:
    """At 11:54, a database that can be restored from 10:00 until 11:49."""
    made = FakeWorld(parse_policy(POLICY + BY_COPY))
    made.cloud.add_window(RDS, at("10:00:00"), at("11:49:00"))
    rds_of(made).add(RDS, "orders-db")
    return made


def rds_of(world: FakeWorld) -> FakeRds:
    return world.rdses["prod"]


def order_of(world: FakeWorld) -> Order:
    (made,) = rds_of(world).made
    return made


def copy_of(world: FakeWorld) -> Copy:
    (copy,) = world.ledger.copies()
    return copy


def states(world: FakeWorld) -> list[str]:
    return [entry.kind for entry in world.ledger.entries(RDS) if entry.kind != "decided"]


LOST = Unknown("no usable answer came (ReadTimeout)")


def answering(
    world: FakeWorld, patch: pytest.MonkeyPatch, answer: Outcome = LOST, *, made: int = 1
) -> None:
    """Let each request make so many copies, and be answered like this whatever it made."""
    rds = rds_of(world)

    def answered(order: Order, password: str) -> Outcome:
        rds.made.append(order)
        rds.passwords.append(password)
        for _ in range(made):
            rds.appear(order)
        return answer

    patch.setattr(rds, "restore_to_new", answered)


# One order


def test_an_alarm_about_a_database_ends_with_a_copy_as_it_was_before(world: FakeWorld) -> None:
    start(damage(), world)
    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert recovery.plan is not None
    assert recovery.plan.way == "copy"
    assert recovery.plan.target == at("11:45:59")
    order = order_of(world)
    assert (order.source, order.restore_time) == (RDS, "1771328759000")
    assert world.cloud.restores == []
    assert states(world) == [
        *("alarm", "claimed", "firing", "accepted", "restored", "validated", "settled"),
    ]


def test_a_copy_is_like_its_source_but_for_the_network_that_it_opens_to(world: FakeWorld) -> None:
    recover(damage(), FakeFlow(), world)

    assert order_of(world).shape == msgspec.structs.replace(SHAPE, security_group_id="sg-1")


def test_the_policy_may_say_otherwise_of_flavor_disk_and_zones(world: FakeWorld) -> None:
    rules = 'security_group_id = "sg-1", flavor = "rds.big", volume_gb = 200, zones = ["az9"]'
    world.current_policy = parse_policy(
        POLICY + BY_COPY.replace('security_group_id = "sg-1"', rules)
    )
    source = msgspec.structs.replace(SHAPE, zones=("az1", "az2"), replication="async")
    rds_of(world).add(RDS, "orders-db", source)

    recover(damage(), FakeFlow(), world)

    shape = order_of(world).shape
    assert (shape.flavor, shape.volume_gb, shape.zones) == ("rds.big", 200, ("az9",))
    assert shape.replication == ""


@pytest.mark.parametrize(("engine", "mode"), [("MySQL", "async"), ("SQLServer", "sync")])
def test_a_copy_may_get_the_standby_that_its_source_has_not(
    world: FakeWorld, engine: str, mode: str
) -> None:
    rules = 'security_group_id = "sg-1", zones = ["az1", "az2"]'
    world.current_policy = parse_policy(
        POLICY + BY_COPY.replace('security_group_id = "sg-1"', rules)
    )
    rds_of(world).add(RDS, "orders-db", msgspec.structs.replace(SHAPE, engine=engine))

    recover(damage(), FakeFlow(), world)

    assert order_of(world).shape.replication == mode


def test_a_standby_comes_with_the_copy(world: FakeWorld) -> None:
    source = msgspec.structs.replace(SHAPE, zones=("az1", "az2"), replication="async")
    rds_of(world).add(RDS, "orders-db", source)

    recover(damage(), FakeFlow(), world)

    assert order_of(world).shape.zones == ("az1", "az2")
    assert order_of(world).shape.replication == "async"


def test_name_and_tags_say_whose_the_copy_is(world: FakeWorld) -> None:
    recovery = recover(damage(), FakeFlow(), world)

    ledger, order = world.ledger.identity(), order_of(world)
    assert order.name == f"lastgood-incident-1-{ledger[:8]}"
    assert order.tags == {"lastgood-owner": "incident-1", "lastgood-ledger": ledger}
    assert recovery.copy is not None
    assert recovery.copy.name == order.name
    (made,) = rds_of(world).orders
    assert recovery.copy.id == made


def test_the_name_of_a_copy_fits_whatever_the_incident(world: FakeWorld) -> None:
    longest = "20260217T115308000Z-0123456789abcdef"

    recover(damage(longest), FakeFlow(), world)

    assert len(order_of(world).name) <= 64


def test_the_password_is_kept_before_the_request_may_be_sent(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(world, monkeypatch, made=0)

    recover(damage(), FakeFlow(), world)

    copy = copy_of(world)
    assert world.vault.password(copy.secret) == rds_of(world).passwords[0]
    assert copy.secret == f"lastgood/copies/{copy.name}"


def test_the_ledger_knows_the_copy_as_of_the_intent(world: FakeWorld) -> None:
    seen: list[Copy] = []
    rds = rds_of(world)
    send = rds.restore_to_new

    def look_first(order: Order, password: str) -> Outcome:
        seen.append(copy_of(world))
        return send(order, password)

    rds.restore_to_new = look_first  # type: ignore[method-assign]

    recover(damage(), FakeFlow(), world)

    (ordered,) = seen
    assert (ordered.stage, ordered.id, ordered.purpose) == ("ordered", None, "recovery")
    assert (ordered.owner, ordered.source, ordered.cloud) == ("incident-1", RDS, "prod")
    assert ordered.project_id == rds.project_id
    assert ordered.target == at("11:45:59")
    assert ordered.ordered_at == world.now()
    ready = copy_of(world)
    made = next(iter(rds.orders))
    assert ready == msgspec.structs.replace(ordered, stage="ready", id=made, told_at=world.now())


def test_a_second_execution_finds_it_done_and_orders_nothing(world: FakeWorld) -> None:
    first = recover(damage(), FakeFlow(), world)

    assert recover(damage(), FakeFlow(), world) == first
    assert len(rds_of(world).made) == 1


HOOK = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"


def test_the_hook_is_told_where_the_copy_is_reached(world: FakeWorld) -> None:
    with_hook = BY_COPY.replace('mode = "auto"', f'mode = "auto"\nvalidate = "{HOOK}"')
    world.current_policy = parse_policy(POLICY + with_hook)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.verdict == "pass"
    (asked,) = world.validator.copies
    copy = copy_of(world)
    assert (asked.id, asked.name, asked.secret) == (copy.id, copy.name, copy.secret)


def test_a_copy_that_the_hook_finds_wrong_is_told_as_failed_and_stays(world: FakeWorld) -> None:
    with_hook = BY_COPY.replace('mode = "auto"', f'mode = "auto"\nvalidate = "{HOOK}"')
    world.current_policy = parse_policy(POLICY + with_hook)
    world.validator.verdict = Validation("fail", "half of the rows are missing")

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "failed"
    assert copy_of(world).may_exist
    assert "Copy Ready" not in world.publisher.kinds


def test_a_copy_that_is_not_listed_when_its_hook_is_to_look_gets_no_verdict(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_hook = BY_COPY.replace('mode = "auto"', f'mode = "auto"\nvalidate = "{HOOK}"')
    world.current_policy = parse_policy(POLICY + with_hook)
    rds, flow = rds_of(world), FakeFlow()
    attempt = flow.attempt

    def hide_first(name: str, action: Callable[[], Any]) -> Any:
        if name == "validate":
            monkeypatch.setattr(rds, "database", lambda _: None)
        return attempt(name, action)

    monkeypatch.setattr(flow, "attempt", hide_first)

    recovery = recover(damage(), flow, world)

    assert (recovery.state, recovery.verdict) == ("settled", "none")
    assert "is not listed" in str(recovery.reason)
    assert world.validator.copies == []


# What may go wrong with the request


def test_a_lost_answer_is_found_out_by_the_exact_name_and_never_sent_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(world, monkeypatch)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "settled"
    (made,) = rds_of(world).orders
    assert recovery.copy is not None
    assert recovery.copy.id == made
    assert recovery.job is None
    assert recovery.reason == (
        "no usable answer came (ReadTimeout); "
        f"taken for ours: {made}, the only instance of the copy's name"
    )
    assert copy_of(world).id == made
    assert len(rds_of(world).made) == 1


def test_a_copy_that_is_listed_late_is_found_all_the_same(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(world, monkeypatch)
    rds = rds_of(world)
    named, looks = rds.named, 0

    def late(name: str) -> Any:
        nonlocal looks
        looks += bool(rds.made)
        return named(name) if looks > 5 else []

    monkeypatch.setattr(rds, "named", late)

    assert recover(damage(), FakeFlow(), world).state == "settled"
    assert len(rds.made) == 1


def test_where_no_copy_shows_a_person_has_to_look(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(world, monkeypatch, made=0)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "no instance of the copy's name is there; it is normal, idle" in str(recovery.reason)
    assert copy_of(world).stage == "ordered"
    assert len(rds_of(world).made) == 1


def test_two_instances_of_that_name_are_for_a_person(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(world, monkeypatch, made=2)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "it is not clear which copy is ours" in str(recovery.reason)
    assert copy_of(world).id is None


def test_an_instance_that_has_the_name_already_keeps_the_request_from_being_sent(
    world: FakeWorld,
) -> None:
    name = f"lastgood-incident-1-{world.ledger.identity()[:8]}"
    rds_of(world).add("0" * 32 + "in01", name)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert f"there is an instance of the copy's name already: {'0' * 32}in01" in str(
        recovery.reason
    )
    assert rds_of(world).made == []


def test_an_instance_whose_name_only_begins_so_is_none_of_ours(world: FakeWorld) -> None:
    name = f"lastgood-incident-1-{world.ledger.identity()[:8]}"
    rds_of(world).add("0" * 32 + "in01", f"{name}2")

    assert recover(damage(), FakeFlow(), world).state == "settled"


def test_a_refusal_ends_it_and_nothing_was_made(world: FakeWorld) -> None:
    rds_of(world).outcomes = [QUOTA]

    recovery = recover(damage(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "refused-by-service")
    assert copy_of(world).stage == "refused"
    assert world.ledger.history(damage("incident-2")).last is None


def test_a_refusal_is_not_believed_where_the_copy_is_there_all_the_same(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = rds_of(world)
    answering(world, monkeypatch, QUOTA)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert copy_of(world).stage == "ready"
    assert len(rds.made) == 1


def test_a_refusal_after_which_no_copy_can_be_looked_for_says_so(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = rds_of(world)

    def refuse(order: Order, _: str) -> Outcome:
        rds.made.append(order)
        rds.failing["named"] = [CloudError("no answer", "wait")] * 100
        return QUOTA

    monkeypatch.setattr(rds, "restore_to_new", refuse)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "and then no copy could be looked for: no answer" in str(recovery.reason)


def test_after_busy_a_copy_that_cannot_be_looked_for_is_for_a_person(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = rds_of(world)

    def refuse(order: Order, _: str) -> Outcome:
        rds.made.append(order)
        rds.failing["named"] = [CloudError("not allowed", "allow it", "permission")] * 100
        return BUSY

    monkeypatch.setattr(rds, "restore_to_new", refuse)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert recovery.reason == (
        "the service was busy, and then no copy could be looked for: not allowed"
    )


def test_while_the_source_is_busy_it_is_ordered_again_under_the_same_name_and_password(
    world: FakeWorld,
) -> None:
    rds_of(world).outcomes = [BUSY]

    recovery = recover(damage(), FakeFlow(), world)

    assert (recovery.state, recovery.tries) == ("settled", 2)
    assert len({order.name for order in rds_of(world).made}) == 1
    assert len(set(rds_of(world).passwords)) == 1
    assert copy_of(world).stage == "ready"


def test_a_copy_that_is_ordered_again_is_known_by_when_and_where_that_was(
    world: FakeWorld,
) -> None:
    rds, flow = rds_of(world), FakeFlow()
    rds.outcomes = [BUSY]

    def happen() -> None:
        flow.while_asleep = lambda: None
        world.ledger.keep(copy_of(world).name, "ada", world.now())
        world.now.pass_(timedelta(minutes=1))
        rds.project_id = "f" * 32

    flow.while_asleep = happen

    recover(damage(), flow, world)

    copy = copy_of(world)
    assert len(rds.made) == 2
    assert (copy.ordered_at, copy.project_id) == (at("11:55:00"), "f" * 32)
    assert (copy.keep, copy.stage) == (True, "ready")


def test_after_busy_an_instance_of_its_name_is_left_to_a_person(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = rds_of(world)
    answering(world, monkeypatch, BUSY)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert len(rds.made) == 1


@pytest.mark.parametrize("trouble", ["unreachable", "transient"])
def test_what_cannot_be_read_before_the_request_is_tried_again(
    world: FakeWorld, trouble: Any
) -> None:
    rds_of(world).failing["named"] = [CloudError("no answer", "wait", trouble)]

    assert recover(damage(), FakeFlow(), world).state == "settled"
    assert len(rds_of(world).made) == 1


def test_without_a_kept_password_nothing_is_ordered(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> str:
        raise VaultError("the password was not kept", "allow it")

    monkeypatch.setattr(world.vault, "password", fail)

    recovery = recover(damage(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "not-sent")
    assert "the password was not kept" in str(recovery.reason)
    assert rds_of(world).made == []
    assert list(world.ledger.copies()) == []


@pytest.mark.parametrize("gone", [True, False])
def test_a_source_that_is_gone_or_does_not_say_what_it_is_like_is_not_copied(
    world: FakeWorld, *, gone: bool
) -> None:
    if gone:
        del rds_of(world).databases[RDS]
    else:
        rds_of(world).add(RDS, "orders-db", None)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state != "settled"
    assert rds_of(world).made == []


def test_an_attempt_that_was_cut_off_after_its_intent_is_found_out_by_name(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = rds_of(world)

    def die(order: Order, _: str) -> Outcome:
        rds.made.append(order)
        rds.appear(order)
        raise RuntimeError("the process died here")

    monkeypatch.setattr(rds, "restore_to_new", die)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert len(rds.made) == 1


# Until it is really ready


def looks(world: FakeWorld, *life: str) -> None:
    rds_of(world).life = list(life)


def test_active_for_a_moment_before_the_backup_is_not_ready(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(world, "BUILD", "ACTIVE", "ACTIVE", "BACKING UP", "BACKING UP", "ACTIVE")
    rds = rds_of(world)
    seen: list[str] = []
    database = rds.database

    def watched(instance: str) -> Any:
        found = database(instance)
        if found and instance != RDS:
            seen.append(found.status)
        return found

    monkeypatch.setattr(rds, "database", watched)

    assert recover(damage(), FakeFlow(), world).state == "settled"
    assert "BACKING UP" in seen
    assert seen[-3:] == ["ACTIVE"] * 3


def test_a_copy_that_stops_being_active_is_waited_for_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(world, "BUILD", "ACTIVE", "ACTIVE", "BACKING UP", "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE")
    monkeypatch.setattr(rds_of(world), "backed_up", lambda _: True)

    assert recover(damage(), FakeFlow(), world).state == "settled"


def test_a_copy_whose_backup_never_ends_is_for_a_person(world: FakeWorld) -> None:
    rds = rds_of(world)
    rds.unbacked.add(f"{0:032x}{RDS[-4:]}")

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert recovery.reason == ("the copy is done, but the instance stays normal, its first backup")
    assert copy_of(world).stage == "made"


def test_a_copy_that_cannot_be_built_fails_with_the_reason_of_its_job(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(world, "BUILD", "FAILED")
    monkeypatch.setattr(
        rds_of(world),
        "job",
        lambda job: Job(id=job, status="Failed", fail_reason="createVM failed."),
    )

    recovery = recover(damage(), FakeFlow(), world)

    copy = copy_of(world)
    assert recovery.state == "failed"
    assert recovery.reason == f"the copy {copy.id} failed: createVM failed."
    assert copy.may_exist


def test_a_copy_has_failed_even_where_its_job_does_not_say_why(world: FakeWorld) -> None:
    looks(world, "BUILD", "FAILED")
    denied = CloudError("403 DBS.280032: not allowed", "allow rds:task:listAll", "permission")
    rds_of(world).failing["job"] = [denied] * 1000

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "failed"
    assert recovery.reason == (
        f"the copy {copy_of(world).id} failed: its job could not be read: "
        "403 DBS.280032: not allowed"
    )


def test_an_instance_of_another_name_is_not_taken_for_the_copy_whatever_the_answer_said(
    world: FakeWorld,
) -> None:
    other = rds_of(world).add("5" * 32 + "in01", "billing-db")
    rds_of(world).outcomes = [Accepted("job-1", other.id)]

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "failed"
    assert recovery.reason == (
        f"the copy {other.id} failed: this is billing-db, and not {copy_of(world).name}"
    )
    assert copy_of(world).stage == "made"


def test_a_copy_that_is_built_for_ever_is_for_a_person(world: FakeWorld) -> None:
    looks(world, "BUILD")

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert f"no end of the copy {copy_of(world).id} was seen; it was last BUILD" in str(
        recovery.reason
    )


def test_a_copy_that_somebody_deleted_meanwhile_is_not_called_ready(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = rds_of(world)
    send = rds.restore_to_new

    def send_and_delete(order: Order, password: str) -> Outcome:
        outcome = send(order, password)
        assert isinstance(outcome, Accepted)
        del rds.databases[str(outcome.copy)]
        return outcome

    monkeypatch.setattr(rds, "restore_to_new", send_and_delete)

    recovery = recover(damage(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "it was last not listed" in str(recovery.reason)


def test_a_look_that_fails_is_no_end(world: FakeWorld) -> None:
    flow, away = FakeFlow(), CloudError("no answer", "wait", "unreachable")
    rds = rds_of(world)

    def fail_once() -> None:
        rds.failing["database"] = [away]
        rds.failing["backed_up"] = [away]

    flow.while_asleep = fail_once
    rds.outcomes = []

    assert recover(damage(), flow, world).state == "settled"


@pytest.mark.parametrize("away", ["job", "state"])
def test_a_copy_that_is_out_of_sight_for_a_while_is_looked_for_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    rds, hidden = rds_of(world), [True, True]
    database, flow = rds.database, FakeFlow()
    poll = flow.poll

    def hide(instance: str) -> Any:
        if hidden:
            hidden.pop()
            raise CloudError("no answer", "wait", "unreachable")
        return database(instance)

    def hide_in(name: str, *given: Any) -> Any:
        if name == {"job": "track the job", "state": "wait until idle"}[away]:
            monkeypatch.setattr(rds, "database", hide)
        return poll(name, *given)

    monkeypatch.setattr(flow, "poll", hide_in)

    assert recover(damage(), flow, world).state == "settled"
    assert hidden == []


def test_a_copy_that_vanishes_before_its_backup_is_over_is_for_a_person(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    poll = flow.poll

    def vanish_in(name: str, *given: Any) -> Any:
        if name == "wait until idle":
            monkeypatch.setattr(rds_of(world), "database", lambda _: None)
        return poll(name, *given)

    monkeypatch.setattr(flow, "poll", vanish_in)

    recovery = recover(damage(), flow, world)

    assert recovery.state == "handed-over"
    assert recovery.reason == "the copy is done, but the instance stays not listed, idle"


# What the instance remembers of it


def settled(world: FakeWorld) -> Recovery:
    start(damage(), world)
    recovery = recover(damage(), FakeFlow(), world)
    assert recovery.state == "settled"
    return recovery


def test_a_copy_settles_no_suspicion_because_the_instance_is_as_bad_as_before(
    world: FakeWorld,
) -> None:
    settled(world)

    (suspect,) = world.ledger.history(damage("incident-2")).suspects
    assert suspect.incident == "incident-1"


def test_after_a_copy_a_later_alarm_is_proposed_with_what_was_bad_before(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(
        POLICY + BY_COPY.replace('recover = "copy"', 'recover = "copy"\ncooldown = "0s"')
    )
    settled(world)
    world.now.pass_(timedelta(minutes=20))
    later = msgspec.structs.replace(damage("incident-2"), onset=at("12:10:00"))

    again = recover(later, FakeFlow(), world)

    assert again.state == "expired"
    assert again.plan is not None
    assert again.plan.bad_since == at("11:48:00")


def test_a_copy_cools_down_like_any_recovery(world: FakeWorld) -> None:
    settled(world)

    assert recover(damage("incident-2"), FakeFlow(), world).code == "cooling-down"


def test_after_a_copy_there_is_no_fence_and_no_alarm_is_expected(world: FakeWorld) -> None:
    world.current_policy = parse_policy(
        POLICY + BY_COPY.replace('recover = "copy"', 'recover = "copy"\ncooldown = "0s"')
    )
    settled(world)
    world.now.pass_(timedelta(minutes=20))

    again = recover(damage("incident-2", onset="11:47:00"), FakeFlow(), world)

    assert again.state == "settled"
    assert len(rds_of(world).made) == 2
    assert len({order.name for order in rds_of(world).made}) == 2


def test_a_copy_that_takes_hours_takes_no_place_of_a_restore_in_place(world: FakeWorld) -> None:
    world.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    flow = FakeFlow()
    poll, ended = flow.poll, []

    def another_alarm_meanwhile(name: str, *given: Any) -> Any:
        if name == "track the job":
            assert world.ledger.fleet().active == ("incident-1",)
            assert world.ledger.fleet().copying == ("incident-1",)
            ended.append(recover(incident("incident-2"), FakeFlow(), world).state)
        return poll(name, *given)

    flow.poll = another_alarm_meanwhile  # type: ignore[assignment, method-assign]

    assert recover(damage(), flow, world).state == "settled"
    assert ended == ["settled"]
    assert world.ledger.fleet().active == ()
    assert world.ledger.fleet().copying == ()


def test_no_more_copies_are_made_at_once_than_the_fleet_may_have_under_way(
    world: FakeWorld,
) -> None:
    other = RDS.replace("d", "e", 1)
    world.current_policy = parse_policy(
        POLICY + BY_COPY + BY_COPY.replace(RDS, other).replace("orders-db", "stock-db")
    )
    world.cloud.add_window(other, at("10:00:00"), at("11:49:00"))
    rds_of(world).add(other, "stock-db")
    flow = FakeFlow()
    poll, ended = flow.poll, []

    def another_alarm_meanwhile(name: str, *given: Any) -> Any:
        if name == "track the job":
            second = msgspec.structs.replace(damage("incident-2"), instance=other)
            ended.append(recover(second, FakeFlow(), world))
        return poll(name, *given)

    flow.poll = another_alarm_meanwhile  # type: ignore[assignment, method-assign]

    assert recover(damage(), flow, world).state == "settled"
    (refused,) = ended
    assert (refused.state, refused.code) == ("refused", "fleet-full")
    assert "1 copies are being made, and max_active is 1" in str(refused.reason)


def test_a_halt_stops_a_copy_as_well(world: FakeWorld) -> None:
    world.halt("ada", "maintenance")

    recovery = recover(damage(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "halted")
    assert rds_of(world).made == []


# What the policy says by then


@pytest.fixture
def asked(world: FakeWorld) -> FakeWorld:
    """The same in mode propose."""
    world.current_policy = parse_policy(
        POLICY + BY_COPY.replace('mode = "auto"', 'mode = "propose"')
    )
    return world


def approving(world: FakeWorld, happen: Callable[[], object] = lambda: None) -> FakeFlow:
    flow = FakeFlow()

    def approve_it() -> None:
        flow.while_asleep = lambda: None
        plan = world.ledger.known("incident-1").plan
        assert plan is not None
        approve("incident-1", plan.hash, "ada", world)
        happen()

    flow.while_asleep = approve_it
    return flow


def test_a_copy_is_proposed_and_made_once_a_person_approved_it(asked: FakeWorld) -> None:
    recovery = recover(damage(), approving(asked), asked)

    assert recovery.state == "settled"
    assert len(rds_of(asked).made) == 1


def test_what_was_to_be_restored_by_hand_is_proposed_as_a_copy_once_the_policy_says_so(
    asked: FakeWorld,
) -> None:
    by_copy = asked.current_policy
    asked.current_policy = parse_policy(
        POLICY
        + BY_COPY.replace('mode = "auto"', "")
        .replace('recover = "copy"', "")
        .replace('copy = { security_group_id = "sg-1" }', "")
    )
    flow = FakeFlow()

    def change_the_policy() -> None:
        flow.while_asleep = lambda: None
        asked.current_policy = by_copy
        asked.waker.wake(flow.callbacks[-1])

    flow.while_asleep = change_the_policy

    recovery = recover(damage(), flow, asked)

    assert recovery.state == "expired"
    assert recovery.plan is not None
    assert recovery.plan.way == "copy"


def test_nothing_is_copied_once_the_policy_does_not_say_so_any_more(asked: FakeWorld) -> None:
    def change() -> None:
        without = BY_COPY.replace('mode = "auto"', 'mode = "propose"')
        for line in ('recover = "copy"', 'copy = { security_group_id = "sg-1" }'):
            without = without.replace(line, "")
        asked.current_policy = parse_policy(POLICY + without)

    recovery = recover(damage(), approving(asked, change), asked)

    assert recovery.state != "settled"
    assert rds_of(asked).made == []
    assert asked.cloud.restores == []


def test_a_database_without_that_key_is_proposed_to_be_restored_by_hand_and_never_fired(
    world: FakeWorld,
) -> None:
    by_hand = BY_COPY.replace('mode = "auto"', "").replace('recover = "copy"', "")
    world.current_policy = parse_policy(
        POLICY + by_hand.replace('copy = { security_group_id = "sg-1" }', "")
    )

    with pytest.raises(ApprovalError, match="is not restored in place") as refused:
        recover(damage(), approving(world), world)

    assert "restore to a new instance at 2026-02-17T11:45:59Z" in refused.value.hint
    assert rds_of(world).made == []
    assert world.cloud.restores == []
