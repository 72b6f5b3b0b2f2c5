"""What `template.yaml` deploys, read as CloudFormation with the globals of SAM merged in.

SAM turns only the six functions into something else, and only into functions, versions, aliases
and an invoke configuration: they bring their own roles and name no events or policies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from lastgood.domain.alarm import OWN_NAMESPACE
from lastgood.domain.policy import Rules
from lastgood.ports import HOOK_TAKES, INVOCATION
from lastgood.wiring import ALIAS
from lastgood.workflows.lasting import longest
from lastgood.workflows.sweeping import LONGEST
from tests.template.stack import decided

ROOT = Path(__file__).parents[2]
FUNCTIONS = {
    "alarm": "AlarmFunction",
    "recover": "RecoverFunction",
    "verify": "VerifyFunction",
    "notify": "NotifyFunction",
    "policy": "PolicyFunction",
    "webhook": "WebhookFunction",
}
DURABLE = {"recover": "FailedRecoveriesQueue", "verify": "FailedSweepsQueue"}
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
NETWORK = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
"""What AWS's managed policy AWSLambdaVPCAccessExecutionRole allows beside the logs."""
LEDGER = {
    "AlarmRole": {"BatchGetItem", "PutItem"},
    "RecoverRole": {"BatchGetItem", "GetItem", "PutItem", "Query"},
    "VerifyRole": {"BatchGetItem", "GetItem", "PutItem", "Query"},
}
"""GetItem is for executions that the first release began; the alarm function has none.

Query is for the list of copies."""
DEPLOYED = {"LASTGOOD_POLICY", "LASTGOOD_TABLE"}
PROXY = {"HTTPS_PROXY", "NO_PROXY"}
POWERTOOLS = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_LOGGER_SAMPLE_RATE",
}
SNS_RETRIES_FOR_DAYS = 23
SEVEN_DAYS = 7 * 86400
"""So far CloudWatch looks back, with periods of an hour or longer."""


class CloudFormationLoader(yaml.SafeLoader):
    """Reads the short forms (`!Ref x`) as the long ones (`{"Ref": "x"}`)."""


def long_form(loader: Any, tag: str, node: Any) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt":
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


CloudFormationLoader.add_multi_constructor("!", long_form)


def read(name: str) -> dict[str, Any]:
    text = (ROOT / name).read_text(encoding="utf-8")
    template: dict[str, Any] = CloudFormationLoader(text).get_single_data()
    return template


def load() -> dict[str, Any]:
    template = read("template.yaml")
    for name in FUNCTIONS.values():
        resource = template["Resources"][name]
        resource["Properties"] = merged(template["Globals"]["Function"], resource["Properties"])
    return template


def merged(common: Any, own: Any) -> Any:
    """Merge as SAM does: maps key by key, and the function's own value wins."""
    if not (isinstance(common, dict) and isinstance(own, dict)):
        return own
    return common | {k: merged(common[k], v) if k in common else v for k, v in own.items()}


TEMPLATE = load()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def properties(name: str) -> Any:
    return RESOURCES[name]["Properties"]


def of_type(kind: str) -> dict[str, Any]:
    return {k: r["Properties"] for k, r in RESOURCES.items() if r["Type"] == kind}


def function(name: str) -> Any:
    return properties(FUNCTIONS[name])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def given(value: Any) -> Any:
    """What stands there if the condition holds."""
    return value["Fn::If"][1] if isinstance(value, dict) and "Fn::If" in value else value


def targets(rule: str) -> list[Any]:
    return [given(target) for target in properties(rule)["Targets"]]


def nodes(tree: Any) -> Iterator[Any]:
    yield tree
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for child in children:
        yield from nodes(child)


def statements(role: str) -> list[Any]:
    """All that a role may do, unless it is denied: what stands in it, and what is attached."""
    documents = [p["PolicyDocument"] for p in properties(role).get("Policies", [])]
    documents += [
        policy["PolicyDocument"]
        for policy in of_type("AWS::IAM::Policy").values()
        if {"Ref": role} in map(given, policy["Roles"])
    ]
    found = [given(statement) for document in documents for statement in document["Statement"]]
    assert {statement["Effect"] for statement in found} <= {"Allow", "Deny"}
    return [statement for statement in found if statement["Effect"] == "Allow"]


def may(role: str) -> dict[str, list[Any]]:
    """The resources by action."""
    allowed: dict[str, list[Any]] = {}
    for statement in statements(role):
        for action in listed(statement["Action"]):
            allowed.setdefault(action, []).extend(map(given, listed(statement["Resource"])))
    return allowed


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def queue(reference: Any) -> str:
    """The name of the queue whose ARN this is."""
    name, attribute = reference["Fn::GetAtt"]
    assert attribute == "Arn"
    assert name in of_type("AWS::SQS::Queue")
    return str(name)


def senders(name: str) -> set[tuple[str, str]]:
    """Each service that may send to a queue, and the resource on whose behalf."""
    found = set()
    for policy in of_type("AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Action"] == "sqs:SendMessage"
            if {"Ref": name} in policy["Queues"] and statement["Resource"] == arn(name):
                sources = map(given, listed(statement["Condition"]["ArnEquals"]["aws:SourceArn"]))
                names = [s["Ref"] if "Ref" in s else s["Fn::GetAtt"][0] for s in sources]
                found |= {(statement["Principal"]["Service"], source) for source in names}
    return found


ROLES = sorted(of_type("AWS::IAM::Role"))


# ── Functions ───────────────────────────────────────────────────────────────────────────────────


def test_six_functions_are_deployed_and_each_runs_its_own_handler() -> None:
    assert set(of_type("AWS::Serverless::Function")) == set(FUNCTIONS.values())
    for name in FUNCTIONS:
        assert function(name)["Handler"] == f"handlers.{name}.handler"
        assert (ROOT / "handlers" / f"{name}.py").is_file()
        assert function(name)["Runtime"] == "python3.13"


def test_recover_and_verify_are_durable_and_the_others_are_not() -> None:
    durable = {name for name in FUNCTIONS if "DurableConfig" in function(name)}
    assert durable == set(DURABLE)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_reached_through_an_alias_that_follows_each_deployment(
    name: str,
) -> None:
    assert function(name)["AutoPublishAlias"] == ALIAS
    assert function(name)["AutoPublishAliasAllProperties"] is True


def test_sam_adds_no_role_permission_or_event_of_its_own() -> None:
    for name in FUNCTIONS:
        assert not {"Policies", "Events", "FunctionUrlConfig"} & function(name).keys()
        assert "Role" in function(name)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("alarm", {"LASTGOOD_RECOVER_FUNCTION"}),
        ("recover", {"LASTGOOD_BUS", "LASTGOOD_ENDPOINTS", "LASTGOOD_HOOKS"}),
        (
            "verify",
            {
                "LASTGOOD_BUS",
                "LASTGOOD_ENDPOINTS",
                "LASTGOOD_RECOVER_FUNCTION",
                "LASTGOOD_METRICS_PER_INSTANCE",
            },
        ),
        ("notify", {"LASTGOOD_TOPIC", "LASTGOOD_CONSOLE"}),
        ("policy", set()),
        ("webhook", {"LASTGOOD_INBOX", "LASTGOOD_WEBHOOK_SECRET", "LASTGOOD_SMN_TOPICS"}),
    ],
)
def test_a_function_gets_the_settings_it_needs_and_no_others(name: str, settings: set[str]) -> None:
    assert (
        function(name)["Environment"]["Variables"].keys()
        == DEPLOYED | POWERTOOLS | PROXY | settings
    )


def test_the_settings_point_at_what_the_stack_makes() -> None:
    variables = function("alarm")["Environment"]["Variables"]
    assert given(variables["LASTGOOD_TABLE"]) == {"Ref": "Ledger"}
    assert variables["LASTGOOD_RECOVER_FUNCTION"] == {"Ref": "RecoverFunction.Alias"}
    assert function("recover")["Environment"]["Variables"]["LASTGOOD_BUS"] == {
        "Fn::If": ["MakesBus", {"Ref": "Bus"}, {"Ref": "ExistingBusName"}]
    }


def test_logs_are_json_expire_and_keep_metrics_and_uncaught_errors() -> None:
    for name in FUNCTIONS:
        logging = function(name)["LoggingConfig"]
        group = properties(logging["LogGroup"]["Ref"])
        assert logging["LogFormat"] == "JSON"
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert TEMPLATE["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


# ── Who may do what ─────────────────────────────────────────────────────────────────────────────


def test_each_function_has_a_role_of_its_own() -> None:
    roles = [function(name)["Role"]["Fn::GetAtt"][0] for name in FUNCTIONS]
    assert roles == [f"{name.capitalize()}Role" for name in FUNCTIONS]


@pytest.mark.parametrize("role", ROLES)
def test_only_the_writing_of_traces_names_any_resource(role: str) -> None:
    anywhere = {action for action, resources in may(role).items() if "*" in resources}
    network = {action for action in anywhere if action.startswith("ec2:")}  # only in a VPC
    assert anywhere - network == (set() if role == "VerifyScheduleRole" else TRACES)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_lists_its_actions_and_takes_none_from_aws_managed_policies(role: str) -> None:
    assert not [action for action in may(role) if "*" in action]
    assert "ManagedPolicyArns" not in properties(role)


@pytest.mark.parametrize("role", LEDGER)
def test_a_function_may_read_and_add_to_the_ledger_but_never_delete(role: str) -> None:
    actions = {a: r for a, r in may(role).items() if a.startswith("dynamodb:")}
    assert actions.keys() == {f"dynamodb:{action}" for action in LEDGER[role]}
    assert all(set(map(str, given)) == {str(arn("Ledger"))} for given in actions.values())


@pytest.mark.parametrize("name", DURABLE)
def test_checkpoints_are_allowed_on_every_version_because_an_unqualified_arn_never_matches(
    name: str,
) -> None:
    allowed = may(f"{name.title()}Role")
    for action in ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"):
        assert allowed[action] == [{"Fn::Sub": f"${{{FUNCTIONS[name]}.Arn}}:*"}]


def test_alarm_and_verify_start_recoveries_and_verify_and_recover_themselves() -> None:
    invoking = {role: may(role).get("lambda:InvokeFunction") for role in ROLES}
    assert invoking == {
        "AlarmRole": [{"Ref": "RecoverFunction.Alias"}],
        "NotifyRole": None,
        "PolicyRole": None,
        "RecoverRole": [
            *({"Ref": f"{hook}FunctionArn"} for hook in ("Validate", "Before", "After")),
            {"Fn::Sub": "${RecoverFunction.Arn}:*"},
        ],
        "VerifyRole": [{"Ref": "RecoverFunction.Alias"}, {"Fn::Sub": "${VerifyFunction.Arn}:*"}],
        "VerifyScheduleRole": [{"Ref": "VerifyFunction.Alias"}],
        "WebhookRole": None,
    }
    permitted = {p["FunctionName"]["Ref"] for p in of_type("AWS::Lambda::Permission").values()}
    assert permitted == {
        *("AlarmFunction.Alias", "NotifyFunction.Alias", "PolicyFunction.Alias"),
        "WebhookFunction.Alias",
    }


def test_only_executions_of_recover_may_be_woken_and_not_by_a_sweep() -> None:
    waking = {role: may(role).get("lambda:SendDurableExecutionCallbackSuccess") for role in ROLES}
    assert waking == {
        "AlarmRole": [{"Fn::Sub": "${RecoverFunction.Arn}:*"}],
        "NotifyRole": None,
        "PolicyRole": None,
        "RecoverRole": [{"Fn::Sub": "${RecoverFunction.Arn}:*"}],
        "VerifyRole": None,
        "VerifyScheduleRole": None,
        "WebhookRole": None,
    }


def test_credentials_and_the_bus_are_out_of_reach_of_the_alarm_function() -> None:
    reaching = {"secretsmanager:GetSecretValue", "events:PutEvents"}
    having = {role for role in ROLES if reaching <= may(role).keys()}
    decrypting = {
        role for role in ROLES if {"Ref": "SecretKeyArn"} in may(role).get("kms:Decrypt", [])
    }
    assert having == decrypting - {"WebhookRole"} == {"RecoverRole", "VerifyRole"}
    assert not reaching & may("AlarmRole").keys()


@pytest.mark.parametrize("prefix", ["SecretNamePrefix", "ReadSecretNamePrefix"])
def test_no_prefix_of_secret_names_means_every_secret(prefix: str) -> None:
    parameter = TEMPLATE["Parameters"][prefix]
    assert re.fullmatch(parameter["AllowedPattern"], "lastgood/")
    assert not any(re.fullmatch(parameter["AllowedPattern"], name) for name in ("*", "/", "la*"))


def test_the_prefix_of_secret_names_cannot_be_emptied() -> None:
    assert not re.fullmatch(TEMPLATE["Parameters"]["SecretNamePrefix"]["AllowedPattern"], "")


PLACES = {
    "ssm:/lastgood/policy": ({}, {"ssm:GetParameter": ":parameter${PolicyParameterName}"}),
    "s3://policies/lastgood.toml": (
        {"PolicyBucket": "policies"},
        {
            "s3:GetObject": ":s3:::${PolicyBucket}/${PolicyKey}",
            "s3:GetObjectVersion": ":s3:::${PolicyBucket}/${PolicyKey}",
            "s3:ListBucketVersions": ":s3:::${PolicyBucket}",
        },
    ),
    "appconfig:abc1234/def5678/ghi9012": (
        {"PolicyConfiguration": "abc1234/def5678/ghi9012"},
        {
            f"appconfig:{action}": "/configuration/${Profile}"
            for action in ("StartConfigurationSession", "GetLatestConfiguration")
        },
    ),
}


@pytest.mark.parametrize("policy", ["SharedAccess", "ReadersPolicy"])
@pytest.mark.parametrize("place", PLACES)
def test_the_policy_is_read_where_it_is_and_nowhere_else(policy: str, place: str) -> None:
    parameters, expected = PLACES[place]
    resources = decided(**parameters)["Resources"]
    statements = resources[policy]["Properties"]["PolicyDocument"]["Statement"]
    found = {
        action: s["Resource"]
        for s in statements
        for action in listed(s["Action"])
        if action.partition(":")[0] in {"ssm", "s3", "appconfig"}
    }

    assert found.keys() == expected.keys()
    for action, resource in found.items():
        spelt = listed(resource["Fn::Sub"])[0]
        assert spelt.endswith(expected[action])
        assert "*" not in spelt


def test_a_policy_in_two_places_is_refused() -> None:
    (rule,) = TEMPLATE["Rules"].values()
    (assertion,) = rule["Assertions"]
    named = {
        node["Ref"]
        for node in nodes(assertion["Assert"])
        if isinstance(node, dict) and "Ref" in node
    }

    assert named == {"PolicyBucket", "PolicyConfiguration"}


def test_the_receiver_may_send_to_one_queue_and_read_one_secret_and_nothing_else() -> None:
    allowed = may("WebhookRole")

    assert allowed.keys() == {
        *("logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt", "kms:GenerateDataKey"),
        *("sqs:SendMessage", "secretsmanager:GetSecretValue", *TRACES, *NETWORK),
    }
    assert allowed["sqs:SendMessage"] == [arn("Inbox")]
    (secret,) = allowed["secretsmanager:GetSecretValue"]
    assert secret["Fn::Sub"].endswith(":secret:${WebhookSecretName}-??????")


def test_nothing_bounds_the_receiver_because_a_429_is_final_for_three_senders() -> None:
    assert "ReservedConcurrentExecutions" not in function("webhook")
    assert properties("WebhookUrl") == {
        "AuthType": "NONE",
        "TargetFunctionArn": {"Ref": "WebhookFunction.Alias"},
    }


def test_what_the_receiver_keeps_is_dealt_with_a_few_at_a_time_and_one_by_one() -> None:
    mapping = properties("MessagesToAlarmFunction")
    inbox = properties("Inbox")

    assert mapping["FunctionName"] == {"Ref": "AlarmFunction.Alias"}
    assert mapping["EventSourceArn"] == arn("Inbox")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == {"Ref": "WebhookAlarmConcurrency"}
    assert inbox["VisibilityTimeout"] >= 6 * function("alarm")["Timeout"]
    assert inbox["RedrivePolicy"]["deadLetterTargetArn"] == arn("UnhandledMessagesQueue")
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert may("AlarmRole")[action] == [arn("Inbox")]


@pytest.mark.parametrize("kind", ["AWS::Lambda::Url", "AWS::Lambda::EventSourceMapping"])
def test_the_receiver_is_there_only_where_it_is_asked_for(kind: str) -> None:
    assert TEMPLATE["Parameters"]["Webhook"]["Default"] == "off"
    resources = {n: r for n, r in RESOURCES.items() if r["Type"] == kind or "Webhook" in n}
    assert {resource["Condition"] for resource in resources.values()} == {"HasWebhook"}


# ── Ways in ─────────────────────────────────────────────────────────────────────────────────────


def test_every_alarm_of_the_account_comes_in_unless_a_prefix_says_otherwise() -> None:
    pattern = properties("AlarmRule")["EventPattern"]
    assert pattern["source"] == ["aws.cloudwatch"]
    assert pattern["detail-type"] == [
        "CloudWatch Alarm State Change",
        "CloudWatch Alarm Contributor State Change",
    ]
    some = {"alarmName": [{"prefix": {"Ref": "AlarmNamePrefix"}}]}
    assert pattern["detail"] == {"Fn::If": ["TakesEveryAlarm", {"Ref": "AWS::NoValue"}, some]}


def test_whoever_invokes_the_alarm_function_does_so_for_this_stack_or_this_account() -> None:
    sources = [
        (permission["Principal"], permission.get("SourceArn", permission.get("SourceAccount")))
        for permission in of_type("AWS::Lambda::Permission").values()
        if permission["FunctionName"] == {"Ref": "AlarmFunction.Alias"}
    ]
    assert sources == [
        ("events.amazonaws.com", arn("AlarmRule")),
        ("events.amazonaws.com", arn("RequestRule")),
        ("sns.amazonaws.com", {"Ref": "AlarmTopic"}),
        ("lambda.alarms.cloudwatch.amazonaws.com", {"Ref": "AWS::AccountId"}),
    ]


def test_no_pipeline_may_ask_unless_its_source_is_named() -> None:
    parameter = TEMPLATE["Parameters"]["RecoveryRequestSources"]
    of_requests = {n: r for n, r in RESOURCES.items() if n.startswith("RequestRule")}

    assert parameter["Default"] == ""
    assert {resource["Condition"] for resource in of_requests.values()} == {"TakesRequests"}
    assert not re.fullmatch(parameter["AllowedPattern"], "aws.cloudwatch")
    assert not re.fullmatch(parameter["AllowedPattern"], "*")


def test_alarms_of_this_account_may_use_the_topic_and_the_key_it_is_encrypted_with() -> None:
    key = properties("AlarmTopicKey")["KeyPolicy"]["Statement"]
    topic = properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"]
    cloudwatch = [
        s for s in key + topic if s.get("Principal") == {"Service": "cloudwatch.amazonaws.com"}
    ]
    encrypted = properties("AlarmTopic")["KmsMasterKeyId"]
    assert encrypted == {"Fn::If": ["HasKey", {"Ref": "KeyArn"}, arn("AlarmTopicKey")]}
    assert [s["Action"] for s in cloudwatch] == [
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        "sns:Publish",
    ]
    for statement in cloudwatch:
        account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
        assert account == {"Ref": "AWS::AccountId"}


def test_the_schedule_starts_verify_through_its_alias() -> None:
    target = properties("VerifySchedule")["Target"]
    assert target["Arn"] == {"Ref": "VerifyFunction.Alias"}
    assert target["RoleArn"] == arn("VerifyScheduleRole")


# ── Nothing is lost ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", of_type("AWS::Events::Rule"))
def test_what_a_rule_cannot_deliver_ends_in_a_queue_that_takes_it(rule: str) -> None:
    for target in targets(rule):
        dead = queue(target["DeadLetterConfig"]["Arn"])
        assert ("events.amazonaws.com", rule) in senders(dead)
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86400


@pytest.mark.parametrize("subscription", of_type("AWS::SNS::Subscription"))
def test_what_the_topic_cannot_deliver_ends_in_a_queue_that_takes_it(subscription: str) -> None:
    dead = queue(properties(subscription)["RedrivePolicy"]["deadLetterTargetArn"])
    assert ("sns.amazonaws.com", "AlarmTopic") in senders(dead)


@pytest.mark.parametrize("schedule", of_type("AWS::Scheduler::Schedule"))
def test_a_tick_that_cannot_be_delivered_ends_in_a_queue_its_role_may_write_to(
    schedule: str,
) -> None:
    target = properties(schedule)["Target"]
    dead = queue(target["DeadLetterConfig"]["Arn"])
    role = target["RoleArn"]["Fn::GetAtt"][0]
    assert may(role)["sqs:SendMessage"] == [arn(dead)]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_an_alarm_that_was_not_handled_in_three_attempts_ends_in_a_queue() -> None:
    config = function("alarm")["EventInvokeConfig"]
    failed = config["DestinationConfig"]["OnFailure"]
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 6 * 3600)
    assert failed["Type"] == "SQS"
    assert may("AlarmRole")["sqs:SendMessage"] == [arn(queue(failed["Destination"]))]


@pytest.mark.parametrize(("name", "dead"), DURABLE.items())
def test_a_durable_invocation_that_fails_ends_in_a_queue_because_destinations_are_unsupported(
    name: str, dead: str
) -> None:
    assert "EventInvokeConfig" not in function(name)
    assert function(name)["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": arn(dead)}
    assert may(f"{name.title()}Role")["sqs:SendMessage"] == [arn(dead)]


@pytest.mark.parametrize(("name", "dead"), DURABLE.items())
def test_an_execution_that_ends_badly_is_put_into_the_same_queue(name: str, dead: str) -> None:
    [(rule, watching)] = [
        (rule, p)
        for rule, p in of_type("AWS::Events::Rule").items()
        if arn(dead) in [target["Arn"] for target in targets(rule)]
    ]
    assert watching["EventPattern"] == {
        "source": ["aws.lambda"],
        "detail-type": ["Durable Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT", "STOPPED"],
            "functionArn": [{"prefix": {"Fn::Sub": f"${{{FUNCTIONS[name]}.Arn}}:"}}],
        },
    }
    assert ("events.amazonaws.com", rule) in senders(dead)


@pytest.mark.parametrize("name", of_type("AWS::SQS::Queue"))
def test_every_queue_is_encrypted_and_keeps_a_message_for_two_weeks(name: str) -> None:
    first_in_first_out = {"FifoQueue", "DeduplicationScope", "FifoThroughputLimit"}
    working = {"VisibilityTimeout", "RedrivePolicy"} if name == "Inbox" else set()
    kept = {
        key: value
        for key, value in properties(name).items()
        if key not in first_in_first_out | working
    }
    assert kept == {
        "MessageRetentionPeriod": 14 * 86400,
        "SqsManagedSseEnabled": {"Fn::If": ["HasKey", False, True]},
        "KmsMasterKeyId": {"Fn::If": ["HasKey", {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}]},
    }


@pytest.mark.parametrize("name", [q for q in of_type("AWS::SQS::Queue") if q != "Inbox"])
def test_the_first_message_in_any_queue_raises_an_alarm_that_can_reach_a_person(name: str) -> None:
    [alarm] = [
        alarm
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if {"Name": "QueueName", "Value": {"Fn::GetAtt": [name, "QueueName"]}}
        in alarm["Dimensions"]
    ]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "Maximum",
    )
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    reached = {
        "Fn::If": ["HasOperatorTopic", [{"Ref": "OperatorTopicArn"}], {"Ref": "AWS::NoValue"}]
    }
    assert alarm["AlarmActions"] == reached


def test_a_sweep_that_did_not_happen_raises_an_alarm_that_can_reach_a_person() -> None:
    alarm = properties("MissedSweepAlarm")
    hours = TEMPLATE["Parameters"]["SweepExpectedHours"]

    assert (alarm["Namespace"], alarm["MetricName"]) == (OWN_NAMESPACE, "SweepsCompleted")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["EvaluationPeriods"] == {"Ref": "SweepExpectedHours"}
    assert alarm["Period"] * hours["MaxValue"] <= SEVEN_DAYS
    assert alarm["AlarmActions"] == properties("FailedSweepsAlarm")["AlarmActions"]


def test_the_first_overdue_copy_raises_an_alarm_that_lasts_until_a_sweep_finds_none() -> None:
    alarm = properties("OverdueCopiesAlarm")

    assert (alarm["Namespace"], alarm["MetricName"]) == (OWN_NAMESPACE, "OverdueCopies")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "verify"}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert (alarm["Statistic"], alarm["EvaluationPeriods"]) == ("Maximum", 1)
    assert alarm["TreatMissingData"] == "ignore"
    assert alarm["AlarmActions"] == properties("FailedSweepsAlarm")["AlarmActions"]


def test_a_heartbeat_that_does_not_come_raises_an_alarm_that_can_reach_a_person() -> None:
    alarm = properties("MissedHeartbeatAlarm")
    minutes = TEMPLATE["Parameters"]["HeartbeatMinutes"]

    assert (alarm["Namespace"], alarm["MetricName"]) == (OWN_NAMESPACE, "Heartbeats")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "webhook"}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["EvaluationPeriods"] == {"Ref": "HeartbeatMinutes"}
    assert alarm["Period"] == 60
    assert alarm["Period"] * minutes["MaxValue"] <= SEVEN_DAYS / 7  # of periods under an hour
    assert alarm["AlarmActions"] == properties("FailedSweepsAlarm")["AlarmActions"]
    assert RESOURCES["MissedHeartbeatAlarm"]["Condition"] == "ExpectsHeartbeats"
    assert minutes["Default"] == 0


def test_a_rate_that_is_too_rare_for_an_alarm_is_refused() -> None:
    parameter = TEMPLATE["Parameters"]["VerifyRate"]
    taken = ("rate(1 hour)", "rate(15 minutes)", "rate(1 day)", "rate(6 days)", "cron(0 6 * * ? *)")
    refused = ("rate(7 days)", "rate(160 hours)", "rate(10000 minutes)")

    assert all(re.fullmatch(parameter["AllowedPattern"], rate) for rate in taken)
    assert not any(re.fullmatch(parameter["AllowedPattern"], rate) for rate in refused)
    assert "at most 6 days" in parameter["ConstraintDescription"]


def test_an_execution_of_a_sweep_hands_over_long_before_its_timeout() -> None:
    shortest = TEMPLATE["Parameters"]["SweepTimeout"]["MinValue"]

    assert LONGEST.total_seconds() + 2 * function("verify")["Timeout"] < shortest


def test_an_invocation_of_a_recovery_takes_as_long_as_its_longest_is_reckoned_with() -> None:
    assert function("recover")["Timeout"] == INVOCATION.total_seconds() > HOOK_TAKES.total_seconds()


def test_by_default_a_recovery_outlasts_the_longest_that_there_can_be() -> None:
    default = timedelta(seconds=TEMPLATE["Parameters"]["RecoveryTimeout"]["Default"])

    assert Rules().approval_timeout + sum(longest().values(), timedelta()) <= default


def test_deduplication_by_name_outlives_the_longest_redelivery() -> None:
    parameter = TEMPLATE["Parameters"]["ExecutionRetentionDays"]
    assert parameter["Default"] > SNS_RETRIES_FOR_DAYS
    for name in DURABLE:
        retention = function(name)["DurableConfig"]["RetentionPeriodInDays"]
        assert retention == {"Ref": "ExecutionRetentionDays"}


def test_the_ledger_survives_the_stack_and_forgets_nothing() -> None:
    ledger = properties("Ledger")
    keys = [(key["AttributeName"], key["KeyType"]) for key in ledger["KeySchema"]]
    assert {RESOURCES["Ledger"][k] for k in ("DeletionPolicy", "UpdateReplacePolicy")} == {"Retain"}
    assert keys == [("pk", "HASH"), ("sk", "RANGE")]
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["SSESpecification"]["SSEEnabled"] is True
    assert ledger["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert "TimeToLiveSpecification" not in ledger


# ── The template as a document ──────────────────────────────────────────────────────────────────


def references(tree: Any) -> Iterator[str]:
    """Every name that something refers to, attributes and aliases left off."""
    for node in nodes(tree):
        match node:
            case {"Ref": str(name)}:
                yield name.removesuffix(".Alias")
            case {"Fn::GetAtt": [name, *_]}:
                yield name
            case {"Fn::Sub": str(text)}:
                yield from (found.split(".")[0] for found in re.findall(r"\$\{([^}]+)\}", text))
            case {"DependsOn": names}:
                yield from listed(names)


def test_every_reference_names_something_that_is_there() -> None:
    known = RESOURCES.keys() | TEMPLATE["Parameters"].keys()
    missing = {n for n in references(TEMPLATE) if n not in known and not n.startswith("AWS::")}
    assert not missing


def test_the_resources_can_be_made_one_after_the_other() -> None:
    """The linters read the functions as SAM writes them, and miss a cycle through an alias."""
    needs = {name: set(references(tree)) & RESOURCES.keys() for name, tree in RESOURCES.items()}
    order = list(TopologicalSorter(needs).static_order())
    assert set(order) == RESOURCES.keys()


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_is_used_described_grouped_constrained_and_has_a_default(name: str) -> None:
    parameter = TEMPLATE["Parameters"][name]
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [p for group in interface["ParameterGroups"] for p in group["Parameters"]]
    assert {"Default", "Description"} <= parameter.keys()
    assert {"AllowedPattern", "AllowedValues", "MinValue"} & parameter.keys()
    assert grouped.count(name) == 1
    assert name in references(TEMPLATE)


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_default_satisfies_its_own_constraint(name: str) -> None:
    parameter = TEMPLATE["Parameters"][name]
    default = parameter["Default"]
    assert default in parameter.get("AllowedValues", [default])
    assert re.fullmatch(parameter.get("AllowedPattern", ".*"), str(default))
    assert parameter.get("MinValue", default) <= default <= parameter.get("MaxValue", default)
