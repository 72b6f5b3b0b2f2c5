"""A pair: what goes back in place takes a copy of its companion along, of the very same moment.

Two recoveries and one moment: each ends by itself, and the copy is made only where the ledger says
that the request of the other may have been carried out.
"""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
import pytest

from lastgood.domain import canonical
from lastgood.domain.alarm import Incident, incident_id
from lastgood.domain.errors import PolicyError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.notices import Notice, tell_event
from lastgood.domain.pairing import incident_of
from lastgood.domain.plan import Plan
from lastgood.domain.policy_file import faults_in, parse_policy
from lastgood.domain.restore import Job, Refused, Unknown
from lastgood.domain.times import Duration
from lastgood.ledger import Intent, NewSuspicionError, records
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.notifying import notify
from lastgood.workflows.operator import approve, dismiss, release
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start, start_what_was_not
from tests.support.builders import OTHER_RDS, RDS, REDIS, at, policy_text
from tests.support.copies import BY_COPY
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident

PAIR = 'companions = ["orders-db"]\npair = true'
MOMENT = at("11:40:20")
LOST = Unknown("no usable answer came (ReadTimeout)")


def paired(mode: str = "auto", database: str = "auto", pair: str = PAIR) -> FakeWorld:
    """At 11:54, a cache and its database, which is copied; both offer 11:40:20."""
    more = BY_COPY.replace('"auto"', f'"{database}"')
    text = policy_text(more, redis=pair).replace('mode = "auto"', f'mode = "{mode}"', 1)
    made = FakeWorld(parse_policy(text))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:00:20", "11:50:20", "11:40:20"))
    made.cloud.add_window(RDS, at("09:00:00"), at("11:50:00"))
    made.rdses["prod"].add(RDS, "orders-db")
    return made


def led(world: FakeWorld) -> Recovery:
    """The recovery of the cache, as an alarm begins it."""
    start(incident(), world)
    return recover(incident(), FakeFlow(), world)


def the_pair(world: FakeWorld) -> Incident:
    (found,) = (one for one in world.starter.started.values() if one.pair_of)
    return found


def copied(world: FakeWorld) -> Recovery:
    """The recovery of the database that goes with it."""
    return recover(the_pair(world), FakeFlow(), world)


def plan_of(recovery: Recovery) -> Plan:
    assert recovery.plan is not None
    return recovery.plan


def suspected(world: FakeWorld, onset: str) -> None:
    """An alarm about the database itself, which nothing has settled."""
    about = msgspec.structs.replace(incident("of-the-database", onset), instance=RDS)
    world.ledger.open(about, world.now())


def notices(world: FakeWorld) -> list[Notice]:
    """What people are told."""
    told = (tell_event(kind, detail) for kind, detail in world.publisher.published)
    return [one for one in told if one]


# One moment, two outcomes


def test_a_restore_in_place_takes_a_copy_of_the_same_moment_along() -> None:
    world = paired()

    leader = led(world)
    copy = copied(world)

    assert (leader.state, copy.state) == ("settled", "settled")
    assert plan_of(leader).pair == (RDS,)
    assert plan_of(leader).target == plan_of(copy).target == MOMENT
    assert [order.source for order in world.rdses["prod"].made] == [RDS]
    assert [one for one, _ in world.cloud.restores] == [REDIS]


def test_the_plan_says_what_goes_with_it() -> None:
    plan = plan_of(led(paired()))

    assert any(f"a copy is made of {RDS}, as of the same moment" in one for one in plan.warnings)
    assert b'"pair":["' in canonical.encode(plan)


def test_without_the_key_the_companion_gates_and_nothing_more() -> None:
    world = paired(pair='companions = ["orders-db"]')

    assert plan_of(led(world)).pair == ()
    assert [one.pair_of for one in world.starter.started.values()] == [None]


def test_a_companion_that_is_only_observed_does_not_go_along() -> None:
    world = paired(pair='companions = ["orders-db"]')
    (cache, database) = world.current_policy.instance
    changed = (
        msgspec.structs.replace(cache, pair=True),
        msgspec.structs.replace(database, mode="observe"),
    )
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=changed)

    assert plan_of(led(world)).pair == ()


@pytest.mark.parametrize(
    ("fate", "state"), [(LOST, "handed-over"), (Refused("DBS.280404", "no such point"), "refused")]
)
def test_each_ends_by_itself(fate: Any, state: str) -> None:
    """What may have been carried out takes the copy along, what was refused does not."""
    world = paired()
    world.cloud.outcomes = [fate]

    assert led(world).state == state
    begun = [one for one in world.starter.started.values() if one.pair_of]
    assert len(begun) == (1 if fate is LOST else 0)
    if begun:
        assert copied(world).state == "settled"


def test_a_copy_that_fails_changes_nothing_of_the_restore() -> None:
    world = paired()
    world.rdses["prod"].outcomes = [Refused("DBS.200046", "The quota is used up.")]

    assert led(world).state == "settled"
    assert copied(world).state == "refused"


def test_it_is_started_once_however_often_the_execution_runs_again() -> None:
    world, flow = paired(), FakeFlow()
    start(incident(), world)

    recover(incident(), flow, world)
    first = the_pair(world)
    recover(incident(), flow, world)
    recover(incident(), FakeFlow(), world)

    assert the_pair(world) == first


def test_a_pair_that_cannot_be_started_is_told_and_holds_nothing_up() -> None:
    world = paired()
    flow = FakeFlow()
    start(incident(), world)
    world.starter.failing = flow.TRIES

    leader = recover(incident(), flow, world)

    assert leader.state == "settled"
    given_up = world.ledger.recovery(incident_of(plan_of(leader), RDS).id)
    assert given_up is not None
    assert (given_up.state, given_up.instance) == ("failed", RDS)
    assert "could not be started" in str(given_up.reason)
    assert "Recovery Failed" in world.publisher.kinds


# Who lets it be made


def approved(world: FakeWorld, name: str, *, alternative: bool = False) -> FakeFlow:
    """An execution in which what is proposed of this incident is approved."""

    def answer() -> None:
        found = world.ledger.recovery(name)
        if found is None or found.state != "proposed":
            return
        plan = plan_of(found)
        other = plan.alternative
        approve(name, other.hash if alternative and other else plan.hash, "me", world)

    flow = FakeFlow()
    flow.while_asleep = answer
    return flow


@pytest.mark.parametrize("database", ["auto", "propose"])
def test_who_approves_the_plan_has_approved_the_copy(database: str) -> None:
    world = paired("propose", database)
    start(incident(), world)

    assert recover(incident(), approved(world, "incident-1"), world).state == "settled"
    assert copied(world).state == "settled"


def test_what_goes_along_with_an_automatic_restore_is_proposed_where_its_own_mode_says_so() -> None:
    world = paired("auto", "propose")
    led(world)
    flow = approved(world, the_pair(world).id)

    recovery = recover(the_pair(world), flow, world)

    assert recovery.state == "settled"
    assert recovery.approval is not None


def test_nothing_is_copied_for_a_restore_that_was_never_sent() -> None:
    world = paired("propose")
    start(incident(), world)
    plan = consider(incident(), world)
    assert isinstance(plan, Decided)
    assert isinstance(plan.decision, Plan)
    made_up = incident_of(plan.decision, RDS)

    assert recover(made_up, FakeFlow(), world).code == "not-covered"
    assert world.rdses["prod"].made == []


@pytest.mark.parametrize("state", ["claimed", "firing", "refused", "proposed"])
def test_a_request_that_was_taken_back_takes_nothing_along(state: str) -> None:
    world = paired()
    leader = led(world)
    (record,) = world.store.read([records.recovery("incident-1")])
    world.store.commit([records.put(record, msgspec.structs.replace(leader, state=state))])

    assert copied(world).code == "not-covered"


def test_nothing_is_copied_that_the_plan_does_not_name() -> None:
    world = paired(pair='companions = ["orders-db"]')
    made_up = incident_of(plan_of(led(world)), RDS)
    world.current_policy = paired().current_policy

    recovery = recover(made_up, FakeFlow(), world)

    assert recovery.code == "not-covered"
    assert "takes" in str(recovery.reason)
    assert recovery.hint == "read `lastgood status incident-1`"


def test_the_incident_of_a_copy_follows_from_the_plan_alone() -> None:
    plan = plan_of(led(paired()))

    made = incident_of(plan, RDS)

    assert made.id == incident_id("pair of incident-1", plan.incident.changed_at, RDS)
    assert (made.strength, made.onset) == (plan.incident.strength, plan.target)


def test_under_another_name_it_is_not_made_a_second_time() -> None:
    world = paired()
    led(world)
    copied(world)
    again = msgspec.structs.replace(the_pair(world), id="another-name")

    assert recover(again, FakeFlow(), world).code == "not-covered"
    assert len(world.rdses["prod"].made) == 1


@pytest.mark.parametrize(
    ("of_the_cache", "of_the_database"),
    [
        ({"pair": False}, {}),
        ({"companions": ()}, {}),
        ({}, {"recover": None, "mode": "propose"}),
        ({}, {"mode": "observe"}),
        (None, {}),
        ({}, None),
    ],
)
def test_nothing_is_copied_any_more_once_the_policy_does_not_pair_it(
    of_the_cache: dict[str, Any] | None, of_the_database: dict[str, Any] | None
) -> None:
    """Whoever agreed to the plan: the key is looked at again; and a person is told."""
    world = paired()
    led(world)
    changes = zip(world.current_policy.instance, (of_the_cache, of_the_database), strict=True)
    kept = [msgspec.structs.replace(one, **new) for one, new in changes if new is not None]
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=tuple(kept))

    recovery = copied(world)

    assert recovery.code == "not-covered"
    assert recovery.reason == f"{RDS} is not copied along any more"
    assert world.rdses["prod"].made == []
    name = "orders-db" if of_the_database is not None else RDS
    assert notices(world)[-1].subject == f"lastgood: {name} is not copied"


def test_the_key_is_looked_at_again_right_before_the_order() -> None:
    world = paired()
    led(world)
    cache, database = world.current_policy.instance
    unpaired = msgspec.structs.replace(cache, pair=False)

    def take_it_out() -> None:
        world.current_policy = msgspec.structs.replace(
            world.current_policy, instance=(unpaired, database)
        )

    world.store.race = take_it_out  # at the claim

    assert copied(world).code == "not-covered"
    assert world.rdses["prod"].made == []


def test_a_companion_that_is_named_twice_is_copied_once() -> None:
    world = paired(pair=f'companions = ["orders-db", "{RDS}"]\npair = true')

    assert plan_of(led(world)).pair == (RDS,)


# Once the request may have been carried out, however it goes on


def test_it_goes_along_where_the_restore_was_released_before_its_answer_was_lost() -> None:
    world = paired()

    def lose(*_: object) -> Unknown:
        release("incident-1", "it hangs", "ada", world)
        return LOST

    world.cloud.restore = lose  # type: ignore[assignment, method-assign]

    assert led(world).state == "handed-over"
    assert copied(world).state == "settled"


def test_it_goes_along_where_a_job_began_although_the_service_said_busy() -> None:
    world = paired()
    world.cloud.outcomes = [Refused("DBS.200011", "another operation runs", "busy")]
    world.cloud.appearing = [
        Job(id="job-x", status="Running", instance=REDIS, started_at=world.now())
    ]

    assert led(world).state == "handed-over"
    assert copied(world).state == "settled"


def cut_off(world: FakeWorld, where: str) -> None:
    """The recovery of the cache, whose execution dies at a step."""

    class CutOffError(BaseException):
        pass

    flow = FakeFlow()
    step = flow.step

    def die(name: str, action: Any) -> Any:
        if name.startswith(where):
            raise CutOffError
        return step(name, action)

    flow.step = flow.attempt = die  # type: ignore[method-assign]
    start(incident(), world)
    with pytest.raises(CutOffError):
        recover(incident(), flow, world)


@pytest.mark.parametrize("where", ["accept", "start "])
def test_what_an_execution_that_died_did_not_start_is_started_once_it_is_released(
    where: str,
) -> None:
    world = paired()
    cut_off(world, where)
    release("incident-1", "its execution died", "ada", world)

    start_what_was_not([RDS], world)

    assert copied(world).state == "settled"


def test_or_by_another_execution_of_the_same_incident() -> None:
    world = paired()
    cut_off(world, "start ")

    recover(incident(), FakeFlow(), world)

    assert the_pair(world).pair_of == "incident-1"


# The caps and rules of what it goes with


def test_two_go_along_at_once_by_the_default_caps() -> None:
    second = BY_COPY.replace(RDS, OTHER_RDS).replace("orders-db", "users-db")
    world = paired()
    pair = 'companions = ["orders-db", "users-db"]\npair = true'
    world.current_policy = parse_policy(policy_text(BY_COPY + second, redis=pair))
    world.cloud.add_window(OTHER_RDS, at("09:00:00"), at("11:50:00"))
    world.rdses["prod"].add(OTHER_RDS, "users-db")
    led(world)
    first, other = (one for one in world.starter.started.values() if one.pair_of)
    ended: list[Recovery] = []
    flow = FakeFlow()

    def meanwhile() -> None:
        flow.while_asleep = lambda: None
        ended.append(recover(other, FakeFlow(), world))

    flow.while_asleep = meanwhile
    ended.append(recover(first, flow, world))

    assert [one.state for one in ended] == ["settled", "settled"]


def test_while_it_is_made_the_database_itself_can_be_recovered() -> None:
    world = paired()
    led(world)
    about = msgspec.structs.replace(incident("of-the-database"), instance=RDS)
    ended: list[Recovery] = []
    flow = FakeFlow()

    def meanwhile() -> None:
        flow.while_asleep = lambda: None
        start(about, world)
        ended.append(recover(about, FakeFlow(), world))

    flow.while_asleep = meanwhile
    recover(the_pair(world), flow, world)

    assert [one.state for one in ended] == ["settled"]


def test_how_far_back_a_copy_goes_is_for_the_rules_of_the_restore_to_say() -> None:
    world = paired()
    cache, database = world.current_policy.instance
    strict = msgspec.structs.replace(database, max_rollback=Duration(minutes=10))
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=(cache, strict))
    led(world)

    assert copied(world).state == "settled"


# Its moment


def test_a_moment_that_the_companion_no_longer_offers_is_not_replaced_by_another() -> None:
    world = paired()
    led(world)
    world.cloud.instances[RDS].windows.clear()
    world.cloud.add_window(RDS, at("09:00:00"), at("11:30:00"))

    recovery = copied(world)

    assert recovery.code == "no-common-moment"
    assert "2026-02-17T11:40:20Z" in str(recovery.reason)
    assert world.rdses["prod"].made == []
    (decided,) = (one for one in world.ledger.entries(f"pair#{RDS}") if one.kind == "decided")
    kept = msgspec.convert(decided.detail, Decided, dec_hook=canonical.read_hook)
    assert kept.again() == kept.decision


def test_a_margin_of_its_own_does_not_move_the_moment() -> None:
    world = paired()
    led(world)
    cache, database = world.current_policy.instance
    wide = msgspec.structs.replace(database, margin=Duration(minutes=40))
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=(cache, wide))

    assert plan_of(copied(world)).target == MOMENT


def test_whoever_is_asked_is_told_which_choice_matches() -> None:
    world = paired()
    suspected(world, "11:41:00")
    led(world)
    recover(the_pair(world), FakeFlow(), world)

    (proposal,) = (one for one in notices(world) if "approve a copy" in one.subject)

    assert "as of the same moment" not in proposal.text
    told = "which went to 2026-02-17T11:40:20Z: the first choice is earlier, and does not match it"
    assert told in proposal.text


def test_an_alarm_about_the_database_lets_its_proposal_be_looked_at_again() -> None:
    world = paired(database="propose")
    led(world)
    flow = FakeFlow()

    def another_alarm() -> None:
        if not world.waker.woken:
            about = msgspec.structs.replace(incident("of-the-database", "11:30:00"), instance=RDS)
            start(about, world)

    flow.while_asleep = another_alarm
    recover(the_pair(world), flow, world)

    assert world.waker.woken


def test_of_a_database_that_was_bad_before_a_person_chooses_the_moment() -> None:
    """What an alarm says of the database itself counts, as in every recovery of it."""
    world = paired()
    suspected(world, "11:41:00")
    led(world)
    name = the_pair(world).id

    recovery = recover(the_pair(world), approved(world, name, alternative=True), world)

    plan = plan_of(recovery)
    assert (plan.bad_since, plan.target, plan.mode) == (at("11:41:00"), MOMENT, "propose")
    assert recovery.state == "settled"


def test_by_itself_nothing_of_a_database_is_copied_from_when_it_was_bad() -> None:
    world = paired()
    suspected(world, "11:41:00")
    led(world)
    expired = recover(the_pair(world), FakeFlow(), world)

    assert expired.state == "expired"
    assert plan_of(expired).target < at("11:39:00")
    assert plan_of(expired).alternative is not None
    assert world.rdses["prod"].made == []


def test_an_alarm_about_the_database_right_before_the_order_stops_it() -> None:
    """The pair has a chain of its own, and its intent reads and writes that of the database too."""
    world = paired()
    led(world)
    decided = consider(the_pair(world), world)
    assert isinstance(decided, Decided)
    assert isinstance(decided.decision, Plan)
    plan = decided.decision
    world.ledger.claim(plan, decided.instance, world.policy().fleet, world.now())
    world.store.race = lambda: suspected(world, "11:30:00")

    with pytest.raises(NewSuspicionError, match=r"^of-the-database$"):
        world.ledger.intend(plan.incident.id, Intent(1, (), ()), world.now())


# What it says of its instance


def test_a_copy_that_went_along_says_nothing_of_its_instance() -> None:
    """No alarm was about the database: it is not held, not suspected, and starts no cooldown."""
    world = paired()
    led(world)
    copied(world)

    about = msgspec.structs.replace(incident("of-the-database"), instance=RDS)
    history = world.ledger.history(about)
    assert (history.last, history.active, history.suspects) == (None, None, ())
    start(about, world)
    assert recover(about, FakeFlow(), world).state == "settled"


def test_the_same_alarm_about_the_database_itself_is_another_incident() -> None:
    world = paired()
    leader = plan_of(led(world)).incident

    assert the_pair(world).id != incident_id(leader.source, leader.changed_at, RDS)
    assert the_pair(world).chain == f"pair#{RDS}"


def test_a_drill_of_the_cache_takes_nothing_along() -> None:
    world = paired(pair=f'{PAIR}\ndrill = "in-place"')

    found = world.current_policy.by_id(REDIS)
    assert found is not None
    assert world.current_policy.paired_with(found.drilled()) == []


# The policy


def test_what_is_not_restored_in_place_takes_nothing_along() -> None:
    text = policy_text(BY_COPY + 'companions = ["orders-cache"]\npair = true\n')

    with pytest.raises(PolicyError, match="pair: found true"):
        parse_policy(text)


@pytest.mark.parametrize("companions", ['companions = ["orders-db"]\n', ""])
def test_a_pair_needs_a_companion_that_is_copied(companions: str) -> None:
    manual = BY_COPY.replace('recover = "copy"', "").replace('"auto"', '"propose"')
    manual = "\n".join(line for line in manual.split("\n") if not line.startswith("copy"))

    with pytest.raises(PolicyError, match="none of its companions is copied") as caught:
        parse_policy(policy_text(manual, redis=f"{companions}pair = true"))

    assert 'recover = "copy"' in caught.value.hint


def test_a_pair_is_judged_once_its_companion_can_be_read() -> None:
    broken = BY_COPY.replace('"sg-1"', "7")

    (fault,) = faults_in(tomllib.loads(policy_text(broken, redis=PAIR)))

    assert "security_group_id" in fault.message


# Nothing is lost


def test_a_pair_that_was_kept_and_never_started_is_started_by_the_next_verification() -> None:
    world = paired()
    flow = FakeFlow()
    start(incident(), world)
    world.ledger.open(incident_of(plan_of(recover(incident(), flow, world)), RDS), world.now())
    world.starter.started.clear()

    start_what_was_not([RDS], world)

    assert the_pair(world).instance == RDS


def test_of_a_pair_whose_execution_died_a_person_is_told() -> None:
    world = paired()
    led(world)
    name = the_pair(world).id
    died = {"durableExecutionName": f"{name}-0a1b2c3d", "status": "TIMED_OUT"}

    assert notify({"source": "aws.lambda", "detail": died}, world.ledger, world.notifier)

    ((subject, text),) = world.notifier.sent
    assert subject == f"lastgood: {RDS}: its recovery has died"
    assert name in text or RDS in text


def test_a_proposal_of_a_pair_says_with_what_it_goes_and_asks_for_no_dismissal() -> None:
    world = paired("auto", "propose")
    led(world)
    recover(the_pair(world), FakeFlow(), world)
    detail = next(
        detail
        for kind, detail in world.publisher.published
        if kind == "Recovery Proposed" and detail["instance"] == RDS
    )

    notice = tell_event("Recovery Proposed", detail)

    assert notice is not None
    assert "It goes with the restore for incident-1, as of the same moment" in notice.text
    assert "Bad since" not in notice.text
    assert "dismiss" not in notice.text
    assert "\nIf it is not to be copied:\nlastgood reject" in notice.text
    assert detail["pair_of"] == "incident-1"


def test_dismissing_a_pair_ends_it_and_forgets_nothing_of_its_instance() -> None:
    world = paired("auto", "propose")
    suspected(world, "11:10:00")
    led(world)
    flow = FakeFlow()
    flow.while_asleep = lambda: dismiss(the_pair(world).id, "not needed", "me", world)

    assert recover(the_pair(world), flow, world).state == "rejected"

    about = msgspec.structs.replace(incident("another"), instance=RDS)
    assert [one.onset for one in world.ledger.history(about).suspects] == [at("11:10:00")]
