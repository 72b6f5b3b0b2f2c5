"""Alarms of other accounts and regions: what `forwarding.yaml` sends, and what comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from lastgood import dialects
from lastgood.domain.alarm import Alarm
from tests.template.stack import decided
from tests.template.test_template import ROOT, arn, read, references

FORWARDING = read("forwarding.yaml")
FORWARDED = json.loads((ROOT / "events/eventbridge-other-account.json").read_text("utf-8"))
ACCOUNTS = {"AlarmAccountIds": "444455556666,777788889999"}
ORGANIZATION = {"AlarmOrganizationId": "o-a1b2c3d4e5"}
BY_ID = {"aws:SourceAccount": {"Ref": "AlarmAccountIds"}}
BY_ORGANIZATION = {"aws:SourceOrgID": {"Ref": "AlarmOrganizationId"}}


def matches(pattern: Any, event: Any) -> bool:
    """Whether a pattern of a template lets an event through, its references being of no account."""

    def plain(tree: Any) -> Any:
        match tree:
            case {"Ref": _}:
                return ""
            case {"Fn::GetAtt": [name, _]}:
                return f"arn:of:{name}"
            case dict():
                return {key: plain(value) for key, value in tree.items()}
            case list():
                return [plain(element) for element in tree]
            case _:
                return tree

    return bool(EventPattern.load(json.dumps(plain(pattern))).matches_event(event))


def test_an_alarm_of_another_account_is_forwarded_let_in_and_read() -> None:
    """Link by link: the rule over there, the bus policy, the rule here, the dialect."""
    over_there = FORWARDING["Resources"]["Rule"]["Properties"]
    resources = decided(**ACCOUNTS)["Resources"]
    allowed = resources["OthersMayForwardAlarms"]["Properties"]["Statement"]
    only = allowed["Condition"]["ForAllValues:StringEquals"]

    assert matches(over_there["EventPattern"], FORWARDED)
    assert over_there["Targets"][0]["Arn"] == {"Ref": "AlarmBusArn"}
    assert allowed["Action"] == "events:PutEvents"
    assert only["events:source"] == FORWARDED["source"]
    assert FORWARDED["detail-type"] in only["events:detail-type"]
    assert matches(resources["AlarmRule"]["Properties"]["EventPattern"], FORWARDED)
    (message,) = dialects.read(FORWARDED)
    assert isinstance(message.content, Alarm)
    assert message.content.source.startswith("arn:aws:cloudwatch:us-east-1:444455556666:")


def test_the_two_templates_take_the_same_events() -> None:
    here = decided()["Resources"]["AlarmRule"]["Properties"]["EventPattern"]
    over_there = FORWARDING["Resources"]["Rule"]["Properties"]["EventPattern"]

    assert here["detail-type"] == over_there["detail-type"]
    assert here["source"] == over_there["source"]


def test_the_alarm_that_tells_of_the_forwarding_is_not_forwarded() -> None:
    pattern = FORWARDING["Resources"]["Rule"]["Properties"]["EventPattern"]
    own = FORWARDED | {"resources": ["arn:of:UnforwardedAlarm"]}

    assert not matches(pattern, own)


def test_what_cannot_be_forwarded_ends_in_a_queue_that_takes_it_and_has_an_alarm() -> None:
    resources = FORWARDING["Resources"]
    (target,) = resources["Rule"]["Properties"]["Targets"]
    (taken,) = resources["UnforwardedQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (watched,) = resources["UnforwardedAlarm"]["Properties"]["Dimensions"]

    assert target["DeadLetterConfig"] == {"Arn": arn("UnforwardedQueue")}
    assert taken["Resource"] == arn("UnforwardedQueue")
    assert taken["Condition"] == {"ArnEquals": {"aws:SourceArn": arn("Rule")}}
    assert watched["Value"] == {"Fn::GetAtt": ["UnforwardedQueue", "QueueName"]}


def test_the_forwarding_role_may_put_events_on_that_bus_and_nothing_else() -> None:
    (policy,) = FORWARDING["Resources"]["Role"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"] == {"Ref": "AlarmBusArn"}


@pytest.mark.parametrize("name", FORWARDING["Parameters"])
def test_every_parameter_of_the_forwarding_is_used_and_described(name: str) -> None:
    page = (ROOT / "docs/how-to/other-accounts.md").read_text("utf-8")

    assert name in references(FORWARDING)
    assert f"| `{name}` |" in page


def test_nobody_else_is_let_in_unless_asked() -> None:
    document = json.dumps(decided()["Resources"])

    assert "EventBusPolicy" not in document
    assert "AlarmAccountIds" not in document
    assert "AlarmOrganizationId" not in document


@pytest.mark.parametrize(
    ("parameters", "who", "where"),
    [
        (ACCOUNTS, {"AWS": {"Ref": "AlarmAccountIds"}}, BY_ID),
        (ORGANIZATION, "*", BY_ORGANIZATION),
        (ACCOUNTS | ORGANIZATION, "*", BY_ORGANIZATION),
    ],
    ids=["accounts", "organisation", "both"],
)
def test_bus_topic_and_key_let_in_the_same_others(
    parameters: dict[str, str], who: Any, where: Any
) -> None:
    resources = decided(**parameters)["Resources"]
    bus = resources["OthersMayForwardAlarms"]["Properties"]["Statement"]
    topic = resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    key = resources["AlarmTopicKey"]["Properties"]["KeyPolicy"]["Statement"]

    assert bus["Principal"] == who
    member = {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "AlarmOrganizationId"}}}
    assert (member.items() <= bus["Condition"].items()) == (who == "*")
    for statement in (topic[-1], key[-1]):
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == where
