"""The stack as moto has created it: everything is there, and points at what is meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import boto3
import pytest
from moto.events.models import EventPattern

from lastgood.domain.events import Kind
from sandbox.aws.account import ACCOUNT
from tests.template.stack import (
    FUNCTIONS,
    MADE_BY_CALL,
    Stack,
    created,
    decided,
    template,
    translate,
)
from tests.template.test_network import PROXY, VPC
from tests.template.test_other_accounts import ACCOUNTS

EVENTS = Path(__file__).parents[2] / "events"
DURABLE = {"recover": "FailedRecoveriesQueue", "verify": "FailedSweepsQueue"}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:operators"
PIPELINES = "com.example.deploy,com.example.ci"
POLICY = "abc1234/def5678/ghi9012"
QUEUES = {
    "UndeliveredQueue",
    "UnhandledAlarmsQueue",
    "FailedRecoveriesQueue",
    "FailedSweepsQueue",
    "UnhandledMessagesQueue",
}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    parameters = {"Webhook": "on", "HeartbeatMinutes": "30", "RecoveryRequestSources": PIPELINES}
    parameters |= {"PolicyConfiguration": POLICY, **VPC, **PROXY, **ACCOUNTS}
    with created(OperatorTopicArn=TOPIC, **parameters) as stack:
        yield stack


def queue_url(arn: str) -> str:
    name = arn.rpartition(":")[2]
    return str(boto3.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def may_send(queue: str, service: str, source: str) -> bool:
    """Whether a queue takes messages of this rule or topic, and only of such."""
    attributes = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue_url(queue), AttributeNames=["Policy"]
    )
    statements = json.loads(attributes["Attributes"]["Policy"])["Statement"]
    sources = [
        s["Condition"]["ArnEquals"]["aws:SourceArn"]
        for s in statements
        if s["Principal"] == {"Service": service} and s["Resource"] == queue
    ]
    return any(source in listed for listed in sources)


# ── Everything is there ─────────────────────────────────────────────────────────────────────────


def test_moto_has_made_every_resource_but_those_made_by_call(stack: Stack) -> None:
    made = boto3.client("cloudformation").describe_stack_resources(StackName="lastgood")
    names = {resource["LogicalResourceId"] for resource in made["StackResources"]}

    assert names == stack.document["Resources"].keys() - stack.made_apart
    kinds = {stack.document["Resources"][name]["Type"] for name in stack.made_apart}
    assert kinds == set(MADE_BY_CALL)


@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_every_function_exists_with_its_role_and_its_alias_stands_on_a_version(
    stack: Stack, name: str
) -> None:
    functions = boto3.client("lambda")

    function = functions.get_function_configuration(FunctionName=stack.ref(name))
    alias = functions.get_alias(FunctionName=stack.ref(name), Name="live")
    role = boto3.client("iam").get_role(RoleName=function["Role"].rpartition("/")[2])
    versions = functions.list_versions_by_function(FunctionName=stack.ref(name))["Versions"]

    assert alias["AliasArn"] == stack.live(name)
    assert alias["FunctionVersion"] in {v["Version"] for v in versions} - {"$LATEST"}
    assert role["Role"]["Arn"] == stack.arn(name.replace("Function", "Role"))


@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_the_environment_of_a_function_names_what_exists(stack: Stack, name: str) -> None:
    function = boto3.client("lambda").get_function_configuration(FunctionName=stack.ref(name))
    variables = function["Environment"]["Variables"]

    assert variables["LASTGOOD_POLICY"] == f"appconfig:{POLICY}"
    assert boto3.client("dynamodb").describe_table(TableName=variables["LASTGOOD_TABLE"])
    if name == "WebhookFunction":
        assert boto3.client("sqs").get_queue_attributes(QueueUrl=variables["LASTGOOD_INBOX"])
    if name == "AlarmFunction":
        assert variables["LASTGOOD_RECOVER_FUNCTION"] == stack.live("RecoverFunction")
    if "LASTGOOD_BUS" in variables:
        assert boto3.client("events").describe_event_bus(Name=variables["LASTGOOD_BUS"])


@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_every_function_is_in_the_vpc_and_behind_the_proxy(stack: Stack, name: str) -> None:
    function = boto3.client("lambda").get_function_configuration(FunctionName=stack.ref(name))

    assert function["VpcConfig"]["SubnetIds"] == VPC["SubnetIds"].split(",")
    assert function["VpcConfig"]["SecurityGroupIds"] == [VPC["SecurityGroupIds"]]
    assert function["Environment"]["Variables"]["HTTPS_PROXY"] == PROXY["HttpsProxy"]


def test_the_bus_takes_the_alarms_of_the_other_accounts_and_nothing_else_of_theirs(
    stack: Stack,
) -> None:
    bus = boto3.client("events").describe_event_bus(Name="default")

    (statement,) = json.loads(bus["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": ACCOUNTS["AlarmAccountIds"].split(",")}
    assert statement["Resource"] == bus["Arn"]
    assert statement["Condition"]["ForAllValues:StringEquals"]["events:source"] == "aws.cloudwatch"
    assert stack.ref("AlarmTopic")


def test_every_function_logs_in_json_into_a_group_of_its_own_that_forgets(stack: Stack) -> None:
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    retention = {group["logGroupName"]: group["retentionInDays"] for group in groups}

    # moto's functions keep no LoggingConfig, so it is read in the document.
    configs = [stack.properties(name)["LoggingConfig"] for name in FUNCTIONS.values()]

    assert {config["LogGroup"] for config in configs} == retention.keys()
    assert set(retention.values()) == {90}
    assert {config["LogFormat"] for config in configs} == {"JSON"}


def test_the_ledger_is_protected(stack: Stack) -> None:
    table = boto3.client("dynamodb").describe_table(TableName=stack.ref("Ledger"))["Table"]

    # moto's CloudFormation hands neither recovery nor encryption on; they are in the document.
    ledger = stack.properties("Ledger")

    assert table["DeletionProtectionEnabled"]
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}


def test_what_moto_does_not_keep_of_a_function_is_in_the_document(stack: Stack) -> None:
    for name in FUNCTIONS.values():
        function = stack.properties(name)
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert "ReservedConcurrentExecutions" not in function
    for name, queue in DURABLE.items():
        function = stack.properties(FUNCTIONS[name])
        assert function["DeadLetterConfig"] == {"TargetArn": stack.arn(queue)}
        assert function["DurableConfig"]["RetentionPeriodInDays"] in {30, "30"}


# ── Ways in ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", ["AlarmRule", "RequestRule"])
def test_a_rule_hands_what_it_lets_in_to_the_live_alarm_function(stack: Stack, rule: str) -> None:
    found = boto3.client("events").list_targets_by_rule(Rule=stack.ref(rule))

    (target,) = found["Targets"]

    assert target["Arn"] == stack.live("AlarmFunction")
    dead = target["DeadLetterConfig"]["Arn"]
    assert may_send(dead, "events.amazonaws.com", stack.arn(rule))


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({}, True),
        ({"source": "com.example.ci"}, True),
        ({"source": "com.example.other"}, False),
        ({"source": "com.example"}, False),
        ({"source": "lastgood"}, False),
        ({"detail-type": "Recovery Proposed"}, False),
        ({"account": "444455556666"}, False),
    ],
)
def test_only_a_source_that_is_named_may_ask_and_only_in_this_account(
    stack: Stack,
    change: dict[str, str],
    taken: bool,  # noqa: FBT001 - the case
) -> None:
    rule = boto3.client("events").describe_rule(Name=stack.ref("RequestRule"))
    request = json.loads((EVENTS / "eventbridge-request.json").read_text(encoding="utf-8"))
    event = request | {"account": ACCOUNT} | change

    assert EventPattern.load(rule["EventPattern"]).matches_event(event) is taken


def test_the_topic_is_encrypted_and_hands_alarms_to_the_live_alarm_function(stack: Stack) -> None:
    topics = boto3.client("sns")
    (found,) = topics.list_subscriptions_by_topic(TopicArn=stack.ref("AlarmTopic"))["Subscriptions"]
    subscription = topics.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])
    topic = topics.get_topic_attributes(TopicArn=stack.ref("AlarmTopic"))["Attributes"]
    key = boto3.client("kms").get_key_rotation_status(KeyId=topic["KmsMasterKeyId"])

    assert found["Endpoint"] == stack.live("AlarmFunction")
    assert key["KeyRotationEnabled"]
    dead = json.loads(subscription["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    assert may_send(dead, "sns.amazonaws.com", stack.ref("AlarmTopic"))


def test_only_its_rules_its_topic_and_alarms_of_this_account_may_invoke_the_alarm_function(
    stack: Stack,
) -> None:
    functions = boto3.client("lambda")

    policy = functions.get_policy(FunctionName=stack.ref("AlarmFunction"), Qualifier="live")

    statements = json.loads(policy["Policy"])["Statement"]
    found = [(s["Principal"]["Service"], *s["Condition"].values()) for s in statements]
    assert sorted(found, key=str) == [
        ("events.amazonaws.com", {"AWS:SourceArn": stack.arn("AlarmRule")}),
        ("events.amazonaws.com", {"AWS:SourceArn": stack.arn("RequestRule")}),
        ("lambda.alarms.cloudwatch.amazonaws.com", {"AWS:SourceAccount": ACCOUNT}),
        ("sns.amazonaws.com", {"AWS:SourceArn": stack.ref("AlarmTopic")}),
    ]


def test_the_schedule_starts_the_live_verify_function_with_a_role_that_may(stack: Stack) -> None:
    target = boto3.client("scheduler").get_schedule(Name="verify")["Target"]

    assert target["Arn"] == stack.live("VerifyFunction")
    assert target["RoleArn"] == stack.arn("VerifyScheduleRole")
    assert target["DeadLetterConfig"]["Arn"] == stack.arn("UndeliveredQueue")
    assert json.loads(target["Input"])["time"] == "<aws.scheduler.scheduled-time>"


# ── Nothing is lost ─────────────────────────────────────────────────────────────────────────────


def test_an_alarm_that_was_not_handled_goes_to_a_queue(stack: Stack) -> None:
    config = boto3.client("lambda").get_function_event_invoke_config(
        FunctionName=stack.ref("AlarmFunction"), Qualifier="live"
    )

    assert config["DestinationConfig"]["OnFailure"]["Destination"] == stack.arn(
        "UnhandledAlarmsQueue"
    )
    # An alias has its own configuration; that of the function would not be asked.
    declared = stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert [each["Qualifier"] for each in declared] == ["live", "live"]


@pytest.mark.parametrize(("name", "queue"), DURABLE.items())
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "STOPPED", "SUCCEEDED"])
def test_an_execution_that_ended_badly_is_delivered_to_its_queue(
    stack: Stack, name: str, queue: str, status: str
) -> None:
    arn = f"{stack.arn(FUNCTIONS[name])}:1"
    detail = {"status": status, "functionArn": arn, "durableExecutionName": status}
    for rule in ("FailedRecoveriesRule", "FailedSweepsRule"):  # moto hands no event to a function
        boto3.client("events").remove_targets(Rule=rule_name(stack, rule), Ids=["notify"])

    boto3.client("events").put_events(
        Entries=[
            {
                "Source": "aws.lambda",
                "DetailType": "Durable Execution Status Change",
                "Detail": json.dumps(detail),
            }
        ]
    )

    assert executions_in(stack.ref(queue)) == ([] if status == "SUCCEEDED" else [status])
    for other in QUEUES - {queue}:
        assert executions_in(stack.ref(other)) == []


def rule_name(stack: Stack, rule: str) -> str:
    return stack.arn(rule).rpartition("/")[2]


def executions_in(url: str) -> list[Any]:
    """The names of the executions that a queue holds, which are taken out of it."""
    queues = boto3.client("sqs")
    messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(m["Body"])["detail"]["durableExecutionName"] for m in messages]


def test_every_queue_is_encrypted_and_has_an_alarm_that_looks_at_it(stack: Stack) -> None:
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]

    watched = [a["Dimensions"][0]["Value"] for a in alarms if a["Namespace"] == "AWS/SQS"]
    attributes = [
        boto3.client("sqs").get_queue_attributes(QueueUrl=stack.ref(q), AttributeNames=["All"])
        for q in QUEUES
    ]

    assert sorted(watched) == sorted(stack.ref(q).rpartition("/")[2] for q in QUEUES)
    assert {a["Attributes"]["SqsManagedSseEnabled"] for a in attributes} == {"true"}


# ── A person is told ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", ["NoticesRule", "FailedRecoveriesRule", "FailedSweepsRule"])
def test_a_rule_for_what_needs_a_person_may_invoke_the_live_notify_function(
    stack: Stack, rule: str
) -> None:
    targets = stack.properties(rule)["Targets"]

    found = boto3.client("lambda").get_policy(
        FunctionName=stack.ref("NotifyFunction"), Qualifier="live"
    )
    allowed = [s["Condition"] for s in json.loads(found["Policy"])["Statement"]]
    (target,) = [one for one in targets if one["Arn"] == stack.live("NotifyFunction")]
    assert {"ArnLike": {"AWS:SourceArn": stack.arn(rule)}} in allowed
    assert may_send(target["DeadLetterConfig"]["Arn"], "events.amazonaws.com", stack.arn(rule))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_event_that_a_notice_is_made_of_is_matched(stack: Stack, kind: str) -> None:
    name, bus = rule_name(stack, "NoticesRule"), stack.properties("NoticesRule")["EventBusName"]
    pattern = boto3.client("events").describe_rule(Name=name, EventBusName=bus)["EventPattern"]
    event: Any = {"source": "lastgood", "detail-type": kind, "detail": {}}

    matched = EventPattern.load(pattern).matches_event(event)

    nobody = {"Recoverability Restored", "Sweep Completed", "Copy Deleted"}
    assert matched == (kind not in nobody)


def test_the_notify_function_publishes_to_the_topic_that_was_given(stack: Stack) -> None:
    variables = stack.properties("NotifyFunction")["Environment"]["Variables"]

    assert variables["LASTGOOD_TOPIC"] == TOPIC
    assert variables["LASTGOOD_CONSOLE"].endswith(f"/dashboard/{stack.ref('Dashboard')}")


def test_without_a_topic_nothing_is_there_that_would_tell() -> None:
    resources = decided()["Resources"]

    assert [name for name in resources if "Notif" in name or "Notices" in name] == []
    assert "NotifyFunction" not in json.dumps(resources)


def test_a_topic_with_an_own_key_is_used_through_sns_only() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    resources = decided(OperatorTopicArn=TOPIC, OperatorTopicKeyArn=key)["Resources"]

    (policy,) = resources["NotifyRole"]["Properties"]["Policies"]
    (using,) = [s for s in policy["PolicyDocument"]["Statement"] if "kms:Decrypt" in s["Action"]]
    assert using["Resource"] == {"Ref": "OperatorTopicKeyArn"}
    assert using["Condition"]["StringEquals"] == {
        "kms:ViaService": {"Fn::Sub": "sns.${AWS::Region}.${AWS::URLSuffix}"}
    }


def test_an_alarm_function_that_fails_or_loses_something_is_told_without_delay(
    stack: Stack,
) -> None:
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    function = [{"Name": "FunctionName", "Value": stack.ref("AlarmFunction")}]

    watched = [alarm for alarm in alarms if alarm["Dimensions"] == function]

    assert {alarm["MetricName"] for alarm in watched} == {
        *("Errors", "Throttles", "AsyncEventsDropped", "DestinationDeliveryFailures")
    }
    for alarm in watched:
        assert alarm["AlarmActions"] == [TOPIC]
        assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (60, 1, 0)


def test_no_alarm_of_the_stack_comes_back_to_the_alarm_function(stack: Stack) -> None:
    (unless,) = stack.properties("AlarmRule")["EventPattern"]["resources"]

    assert len(unless["anything-but"]) == len(stack.of_type("AWS::CloudWatch::Alarm"))


# ── The dashboard ───────────────────────────────────────────────────────────────────────────────


def test_the_dashboard_shows_every_function_that_is_always_there_and_each_queue(
    stack: Stack,
) -> None:
    body = dashboard(stack)

    functions = [stack.ref(FUNCTIONS[name]) for name in ("alarm", *DURABLE)]
    queues = [stack.ref(name).rpartition("/")[2] for name in QUEUES - {"UnhandledMessagesQueue"}]

    shown = json.dumps(body)
    assert [name for name in functions + queues if name not in shown] == []
    assert "${" not in shown


def test_no_two_widgets_of_the_dashboard_lie_on_each_other(stack: Stack) -> None:
    covered = [
        (x, y)
        for widget in dashboard(stack)["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < 24


def dashboard(stack: Stack) -> Any:
    name = stack.ref("Dashboard")
    return json.loads(boto3.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])


# ── Parameters ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["alarm", *DURABLE])
def test_what_is_asked_to_be_reserved_is_reserved_and_nothing_by_default(name: str) -> None:
    parameter = f"{name.title()}Concurrency"

    asked = decided(**{parameter: "5"})["Resources"][FUNCTIONS[name]]["Properties"]
    unasked = decided()["Resources"][FUNCTIONS[name]]["Properties"]

    assert asked["ReservedConcurrentExecutions"] == {"Ref": parameter}
    assert "ReservedConcurrentExecutions" not in unasked


def test_sampled_debug_lines_are_let_through_and_the_others_are_held_back() -> None:
    function = decided(DebugSampleRate="0.1")["Resources"]["RecoverFunction"]["Properties"]

    variables = function["Environment"]["Variables"]
    assert function["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert variables["POWERTOOLS_LOGGER_SAMPLE_RATE"] == {"Ref": "DebugSampleRate"}
    assert variables["POWERTOOLS_LOG_LEVEL"] == {"Ref": "LogLevel"}


def test_only_what_waits_for_others_starts_from_a_snapshot_and_no_old_version_is_kept_in_vain(
    stack: Stack,
) -> None:
    versions = {
        r["Properties"]["FunctionName"]["Ref"]: r["DeletionPolicy"]
        for r in stack.document["Resources"].values()
        if r["Type"] == "AWS::Lambda::Version"
    }

    for name in ("AlarmFunction", "WebhookFunction"):
        assert stack.properties(name)["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert not any("SnapStart" in stack.properties(FUNCTIONS[name]) for name in DURABLE)
    assert versions == {
        "AlarmFunction": "Delete",
        "NotifyFunction": "Delete",
        "PolicyFunction": "Delete",
        "RecoverFunction": "Retain",
        "VerifyFunction": "Retain",
        "WebhookFunction": "Delete",
    }


def versions_of(document: Any) -> set[str]:
    resources = document["Resources"].items()
    return {name for name, r in resources if r["Type"] == "AWS::Lambda::Version"}


def test_a_parameter_alone_publishes_no_version_as_the_deployment_guide_warns() -> None:
    """AWS's translator does not look into parameters; when it does, the guide can be shorter."""
    before = versions_of(translate(template()))
    after = versions_of(translate(template(), LogLevel="DEBUG", MemorySize="1024"))

    assert before == after


def test_any_other_change_of_a_function_publishes_a_version_of_it() -> None:
    changed = template()
    changed["Resources"]["RecoverFunction"]["Properties"]["Timeout"] = 301

    anew = versions_of(translate(changed)) - versions_of(translate(template()))

    assert [name[: len("RecoverFunction")] for name in anew] == ["RecoverFunction"]
