from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.alarm import Alarm, Datapoint, Evidence, Ignored, Incident, Unreadable
from lastgood.domain.plan import Refusal
from lastgood.domain.policy import Policy
from lastgood.domain.times import Duration
from lastgood.domain.triage import ask, gone, triage
from tests.support.builders import OTHER_REDIS, RDS, REDIS, alarm, at, incident, policy, rds, redis


def instances_of(message: Alarm, protected: Policy) -> list[str]:
    return [
        opened.instance for opened in triage(message, protected) if isinstance(opened, Incident)
    ]


def refusal_of(message: Alarm | Ignored | Unreadable) -> Refusal:
    (opened,) = triage(message, policy())
    assert isinstance(opened, Refusal)
    return opened


# --- what opens no incident


@pytest.mark.parametrize(
    "message",
    [
        Ignored("a subscription was confirmed"),
        Unreadable("the event is of no known shape"),
    ],
)
def test_what_is_no_alarm_is_refused_with_the_reason_it_came_with(
    message: Ignored | Unreadable,
) -> None:
    assert refusal_of(message) == Refusal(
        incident=None, code="not-an-alarm", message=message.reason, hint="send alarms here"
    )


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA", "alarm", "In alarm", ""])
def test_only_the_state_alarm_acts(state: str) -> None:
    assert refusal_of(alarm(state=state)) == Refusal(
        incident=None,
        code="not-an-alarm",
        message=f"orders-cache-keys-low went to {state}; only ALARM acts",
        hint="nothing to do",
    )


def test_a_suppressed_alarm_does_not_act_and_the_refusal_says_who_suppressed_it() -> None:
    assert refusal_of(alarm(suppressed_by="maintenance-window")) == Refusal(
        incident=None,
        code="not-an-alarm",
        message="orders-cache-keys-low is suppressed by maintenance-window",
        hint="lift the suppression if it should act",
    )


@pytest.mark.parametrize(
    ("name", "mentions"),
    [
        pytest.param("billing", (), id="another alarm"),
        pytest.param("Orders-Cache-keys-low", (), id="names are case-sensitive"),
        pytest.param("my-orders-cache-keys-low", (), id="a glob matches the whole name"),
        pytest.param("billing", (OTHER_REDIS,), id="an instance that the policy does not name"),
        pytest.param("billing", ("orders-cache",), id="a dimension is an id and no name"),
        pytest.param("billing", (REDIS.replace("i", "\u0130"),), id="an id with another letter"),
        pytest.param("billing", (RDS.replace("s", "\u017f"),), id="a letter that is s in capitals"),
        pytest.param("billing", (f"{REDIS}3",), id="a longer id"),
        pytest.param("billing", (f"0{REDIS}",), id="an id with something in front"),
        pytest.param(REDIS, (), id="an id in the alarm's name"),
    ],
)
def test_an_alarm_that_means_no_instance_of_the_policy_is_not_covered(
    name: str, mentions: tuple[str, ...]
) -> None:
    assert refusal_of(alarm(name=name, mentions=mentions)) == Refusal(
        incident=None,
        code="not-covered",
        message=f"no instance of the policy is meant by the alarm {name}",
        hint=(
            "add the alarm's name to `alarms` of an instance, or an instance id to its dimensions"
            " or labels"
        ),
    )


@pytest.mark.parametrize("state", ["ALARM", "OK"])
def test_an_alarm_on_a_metric_of_lastgood_never_acts_whatever_its_name(state: str) -> None:
    refusal = refusal_of(alarm(state=state, own=True, mentions=(REDIS,)))

    assert refusal.code == "not-an-alarm"


def test_the_refusal_of_its_own_alarm_says_why() -> None:
    assert refusal_of(alarm(own=True)) == Refusal(
        incident=None,
        code="not-an-alarm",
        message=(
            "orders-cache-keys-low watches a metric that lastgood emits, which says nothing of the"
            " data"
        ),
        hint="alarm on a metric of the database if this is to start a recovery",
    )


@pytest.mark.parametrize(
    ("mention", "instance"),
    [
        pytest.param(RDS, RDS, id="the id of another protected instance"),
        pytest.param(OTHER_REDIS, OTHER_REDIS, id="the id of an unprotected instance"),
        pytest.param(f"a_{RDS}_b", RDS, id="the id between underscores"),
        pytest.param(OTHER_REDIS.upper(), OTHER_REDIS, id="the same in capitals"),
    ],
)
def test_an_id_that_says_something_else_than_the_name_is_refused(
    mention: str, instance: str
) -> None:
    assert refusal_of(alarm(name="orders-cache-x", mentions=(mention,))) == Refusal(
        incident=None,
        code="ambiguous-instance",
        message=(f"the alarm orders-cache-x mentions {instance}, but its name means orders-cache"),
        hint=(
            "correct `alarms` or `known_as` in the policy, or the instance ids and the tag"
            " lastgood/instance of the alarm"
        ),
    )


@pytest.mark.parametrize("written", [REDIS.upper(), REDIS.capitalize(), f"a_{REDIS.upper()}_b"])
def test_an_id_in_capitals_is_the_id(written: str) -> None:
    (incident,) = triage(alarm(name="billing", mentions=(written,)), policy())

    assert isinstance(incident, Incident)
    assert incident.instance == REDIS


def test_an_id_in_capitals_in_a_tag_is_the_id_and_a_name_in_capitals_is_no_name() -> None:
    (incident,) = triage(alarm(name="billing", named=(REDIS.upper(),)), policy())

    assert isinstance(incident, Incident)
    assert incident.instance == REDIS
    assert refusal_of(alarm(name="billing", named=("ORDERS-CACHE",))).code == "not-covered"


@pytest.mark.parametrize("singled_out", [(OTHER_REDIS,), (f"of_{OTHER_REDIS}",)])
def test_a_series_of_another_instance_does_not_mean_one_through_the_name_of_the_alarm(
    singled_out: tuple[str, ...],
) -> None:
    refusal = refusal_of(alarm(mentions=(REDIS,), singled_out=singled_out))

    assert refusal.code == "not-covered"


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        pytest.param(
            {"named": ("orders-db",), "mentions": (REDIS,)},
            f"mentions {REDIS}, but is tagged for {RDS}",
            id="a tag and an id",
        ),
        pytest.param(
            {"named": ("orders-cache", "orders-db"), "mentions": (REDIS,)},
            f"mentions {REDIS}, but is tagged for {RDS}, {REDIS}",
            id="a tag that says more than the id",
        ),
        pytest.param(
            {"mentions": (RDS, "node-1")},
            f"mentions {RDS}, but means by `known_as` {REDIS}",
            id="an id and the name of a node",
        ),
        pytest.param(
            {"named": (RDS,), "mentions": ("node-1",)},
            f"means by `known_as` {REDIS}, but is tagged for {RDS}",
            id="the name of a node and a tag",
        ),
        pytest.param(
            {"named": ("unheard-of",), "name": "orders-cache-x"},
            "is tagged for unheard-of, but its name means orders-cache",
            id="a tag that the policy does not know and a name",
        ),
        pytest.param(
            {"named": ("orders-db",), "singled_out": (REDIS,)},
            f"mentions {REDIS}, but is tagged for {RDS}",
            id="a tag and one series of several",
        ),
    ],
)
def test_two_ways_of_naming_an_instance_that_disagree_are_refused(
    ways: dict[str, Any], told: str
) -> None:
    (refusal,) = triage(alarm(**{"name": "x", **ways}), with_nodes())

    assert isinstance(refusal, Refusal)
    assert refusal.code == "ambiguous-instance"
    assert refusal.message == f"the alarm {ways.get('name', 'x')} {told}"


def test_every_instance_that_its_name_means_is_told() -> None:
    instances = tuple(
        msgspec.structs.replace(each, alarms=("orders-*",)) for each in policy().instance
    )
    both = msgspec.structs.replace(policy(), instance=instances)

    (refusal,) = triage(alarm(name="orders-x", mentions=(REDIS,)), both)

    assert isinstance(refusal, Refusal)
    assert refusal.message.endswith("but its name means orders-cache, orders-db")


# --- what opens one


def with_nodes() -> Policy:
    """The policy in which the cache has two nodes with names of their own."""
    nodes = ("node-1", "10.3.0.17:9121")
    instances = (
        msgspec.structs.replace(each, known_as=nodes if each.id == REDIS else ())
        for each in policy().instance
    )
    return msgspec.structs.replace(policy(), instance=tuple(instances))


@pytest.mark.parametrize(
    ("ways", "concerned"),
    [
        pytest.param({"named": ("orders-db",)}, [RDS], id="a tag with a name"),
        pytest.param({"named": (RDS,)}, [RDS], id="a tag with an id"),
        pytest.param({"mentions": ("job", "node-1")}, [REDIS], id="the name of a node"),
        pytest.param({"mentions": ("node-10",)}, [], id="a longer name"),
        pytest.param({"named": ("unheard-of",)}, [], id="a tag that the policy does not know"),
        pytest.param(
            {"mentions": (REDIS, "node-1"), "named": ("orders-cache",), "name": "orders-cache-x"},
            [REDIS],
            id="all ways at once",
        ),
        pytest.param(
            {"singled_out": ("node-1",), "mentions": (RDS,)}, [REDIS], id="one series of several"
        ),
    ],
)
def test_an_instance_is_named_by_a_tag_or_by_a_name_that_the_policy_knows_it_as(
    ways: dict[str, Any], concerned: list[str]
) -> None:
    assert instances_of(alarm(**{"name": "x", **ways}), with_nodes()) == concerned


@pytest.mark.parametrize(
    ("singled_out", "mentions", "concerned"),
    [
        pytest.param((RDS,), (), [RDS], id="by its id, not by the alarm's name"),
        pytest.param((RDS,), (REDIS,), [RDS], id="by its id, not by the alarm's dimensions"),
        pytest.param(("node-1",), (), [REDIS], id="by the alarm's name, if it has no id"),
    ],
)
def test_one_series_of_several_means_the_instance_that_it_names(
    singled_out: tuple[str, ...], mentions: tuple[str, ...], concerned: list[str]
) -> None:
    message = alarm(singled_out=singled_out, mentions=mentions)

    assert instances_of(message, policy()) == concerned


@pytest.mark.parametrize(
    ("name", "mentions", "concerned"),
    [
        pytest.param("orders-cache-keys-low", (), [REDIS], id="by a glob"),
        pytest.param("orders-cache-", (), [REDIS], id="by a glob that matches nothing more"),
        pytest.param("billing", (REDIS,), [REDIS], id="by its id"),
        pytest.param("billing", ("prod", RDS), [RDS], id="by one dimension of several"),
        pytest.param(
            "billing",
            (f"redis_cluster_id:{REDIS},redis_node_id:0123456789abcdef0123456789abcdefno12",),
            [REDIS],
            id="by an id inside a dimension",
        ),
        pytest.param("orders-cache-x", (REDIS,), [REDIS], id="once, if by both"),
        pytest.param("orders-cache-x", (RDS, REDIS), [REDIS, RDS], id="by name, and both by id"),
        pytest.param("billing", (f"redis_{REDIS}_node",), [REDIS], id="an id between underscores"),
        pytest.param("billing", (f"{RDS},{REDIS}",), [REDIS, RDS], id="two ids in one dimension"),
        pytest.param("billing", (REDIS, OTHER_REDIS), [REDIS], id="one of two is protected"),
    ],
)
def test_an_alarm_opens_one_incident_for_each_instance_that_it_means(
    name: str, mentions: tuple[str, ...], concerned: list[str]
) -> None:
    assert instances_of(alarm(name=name, mentions=mentions), policy()) == concerned


def test_any_of_the_globs_of_an_instance_will_do() -> None:
    patient = redis(alarms=("cache-?", "orders-*", "keys-low", "[mM]emory", "*-lost"))
    protected = msgspec.structs.replace(policy(), instance=(patient,))

    for name in ("cache-1", "orders-cache", "keys-low", "Memory", "writes-lost"):
        assert instances_of(alarm(name=name), protected) == [REDIS]
    assert instances_of(alarm(name="cache-10"), protected) == []


def test_an_incident_carries_the_transition_and_not_the_way_it_was_told() -> None:
    transition = alarm(metric="SYS.NoSQL/keys", caution="hearsay", mentions=("prod",))

    assert triage(transition, policy()) == [
        Incident(
            id="20260217T115030431Z-cd10105c2b66777a",
            instance=REDIS,
            alarm="orders-cache-keys-low",
            source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-low",
            changed_at=at("11:50:30.431"),
            onset=at("11:35:30.431"),
            onset_basis="state-change",
            onset_detail=(
                "the transition at 2026-02-17T11:50:30.431000Z less the policy's onset_lookback"
                " (15m)"
            ),
            strength="guess",
            caution="hearsay",
            metric="SYS.NoSQL/keys",
        )
    ]


def test_the_same_transition_is_the_same_incident_whatever_else_is_told_about_it() -> None:
    bare = alarm()
    rich = alarm(
        mentions=(REDIS,),
        evidence=Evidence(
            datapoints=(Datapoint(at("11:40:00"), 1.0),), period=timedelta(minutes=1)
        ),
    )

    opened = [found for message in (bare, rich) for found in triage(message, policy())]

    assert len(opened) == 2
    assert len({found.id for found in opened if isinstance(found, Incident)}) == 1


@pytest.mark.parametrize(
    "other",
    [
        alarm(changed_at=at("11:50:30.432")),
        alarm(source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:another"),
    ],
)
def test_another_transition_is_another_incident(other: Alarm) -> None:
    (first,), (second,) = triage(alarm(), policy()), triage(other, policy())

    assert isinstance(first, Incident)
    assert isinstance(second, Incident)
    assert first.id != second.id


def test_one_transition_on_two_instances_is_two_incidents() -> None:
    opened = triage(alarm(mentions=(RDS, REDIS)), policy())

    ids = {incident.id for incident in opened if isinstance(incident, Incident)}

    assert len(ids) == 2


def test_an_incident_id_fits_a_durable_execution_name_and_sorts_by_time() -> None:
    (incident,) = triage(alarm(), policy())

    assert isinstance(incident, Incident)
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", incident.id)
    assert incident.id.startswith("20260217T115030431Z-")


def test_the_onset_of_a_bare_alarm_looks_back_as_far_as_its_instance_says() -> None:
    patient = redis(alarms=("orders-cache-*",), onset_lookback=Duration(minutes=40))
    protected = msgspec.structs.replace(policy(), instance=(patient,))

    (incident,) = triage(alarm(), protected)

    assert isinstance(incident, Incident)
    assert incident.onset == at("11:10:30.431")
    assert (incident.onset_basis, incident.strength) == ("state-change", "guess")
    assert incident.caution is None


def test_an_incident_carries_why_a_person_has_to_decide() -> None:
    (incident,) = triage(alarm(previous_state="INSUFFICIENT_DATA"), policy())

    assert isinstance(incident, Incident)
    assert incident.caution == "the alarm was in INSUFFICIENT_DATA: what was before is unknown"
    assert incident.onset == at("11:25:30.431")  # one lookback, and ten minutes of lateness


@pytest.mark.parametrize(
    ("message", "cautious"),
    [
        pytest.param({"mentions": (REDIS, RDS)}, True, id="two that are protected"),
        pytest.param({"mentions": (REDIS, OTHER_REDIS)}, True, id="one of two is protected"),
        pytest.param({"mentions": (REDIS, f"redis_{REDIS}")}, False, id="one of them, twice"),
        pytest.param({"singled_out": (REDIS,), "mentions": (REDIS, RDS)}, False, id="one series"),
        pytest.param({"name": "orders-cache-x"}, False, id="by its name"),
        pytest.param({"named": (REDIS, RDS)}, False, id="both by a tag"),
    ],
)
def test_an_alarm_about_several_instances_does_not_tell_which_of_them_went_bad(
    message: dict[str, Any],
    cautious: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    opened = triage(alarm(**({"name": "drift"} | message)), policy())

    for found in opened:
        assert isinstance(found, Incident)
        told = "about 2 instances at once: which of them went bad it does not tell"
        assert (found.caution is not None and told in found.caution) == cautious


def test_several_names_that_the_policy_knows_instances_by_are_several_instances() -> None:
    cache, table = redis(known_as=("a",)), rds(known_as=("b",))
    protected = msgspec.structs.replace(policy(), instance=(cache, table))

    opened = triage(alarm(name="drift", mentions=("a", "b")), protected)

    assert all(isinstance(one, Incident) and "2 instances" in (one.caution or "") for one in opened)
    assert len(opened) == 2


def test_an_incident_whose_instance_left_the_policy_is_refused_and_keeps_its_name() -> None:
    assert gone(incident()) == Refusal(
        incident=incident(),
        code="not-covered",
        message=f"{REDIS} is not in the policy any more",
        hint="add the instance to the policy if it should be protected",
    )


# --- what a person asks


def test_a_person_says_before_when_the_data_was_good() -> None:
    assert ask(redis(), at("11:45:00"), at("11:51:00")) == Incident(
        id="20260217T115100000Z-8e39594773ca5f24",
        instance=REDIS,
        alarm="asked for by a person",
        source="person:2026-02-17T11:45:00Z",
        changed_at=at("11:51:00"),
        onset=at("11:45:00"),
        onset_basis="given",
        onset_detail="given as 2026-02-17T11:45:00Z",
        strength="given",
    )


def test_asking_again_is_another_incident() -> None:
    first = ask(redis(), at("11:45:00"), at("11:51:00"))

    assert ask(redis(), at("11:45:00"), at("11:51:00.001")).id != first.id
    assert ask(redis(), at("11:44:00"), at("11:51:00")).id != first.id
    assert ask(rds(), at("11:45:00"), at("11:51:00")).id != first.id
    assert ask(redis(), at("11:45:00"), at("11:51:00")) == first
