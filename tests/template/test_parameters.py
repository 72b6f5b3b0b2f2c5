"""What parameters make of the stack, alone and together."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any

import boto3
import pytest

from lastgood.aws.dynamodb import DynamoStore
from lastgood.domain.restore import Unknown
from lastgood.ledger import Ledger
from lastgood.workflows.recovery import recover
from sandbox.aws.account import ACCOUNT, REGION
from tests.docs.pages import text_of
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154
from tests.template.stack import NAME, create, created, decide, decided, template, translate
from tests.template.test_template import listed, nodes, references

TRANSLATED = translate(template())
SWITCHES = frozenset(
    name for name in references(TRANSLATED["Conditions"]) if name in TRANSLATED["Parameters"]
)
"""The parameters that decide what there is."""


@pytest.mark.parametrize("given", [frozenset(), SWITCHES], ids=["none", "all"])
def test_whichever_two_parameters_differ_from_the_rest_nothing_refers_to_what_is_not_made(
    given: frozenset[str],
) -> None:
    for two in combinations_with_replacement(SWITCHES, 2):
        switched = given.symmetric_difference(two)
        document = decide(TRANSLATED, **dict.fromkeys(switched, "given"))

        known = document["Resources"].keys() | document["Parameters"].keys()
        named = set(references([document["Resources"], document["Outputs"]]))
        missing = {name for name in named - known if not name.startswith("AWS::")}
        assert not missing, f"with {switched}"


# ── The ledger of an earlier stack ──────────────────────────────────────────────────────────────


def test_a_new_stack_goes_on_with_the_cooldown_of_the_one_that_was_removed() -> None:
    with created() as old:
        table = old.ref("Ledger")
        world = world_of(table)
        world.cloud.outcomes = [Unknown("the answer was lost")]
        recover(incident(), FakeFlow(), world)
        boto3.client("cloudformation").delete_stack(StackName=NAME)
        boto3.client("scheduler").delete_schedule(Name="verify")  # which is made apart

        new = create(ExistingTableName=table)
        variables = new.properties("RecoverFunction")["Environment"]["Variables"]
        world = world_of(variables["LASTGOOD_TABLE"])
        world.now.pass_(timedelta(minutes=5))
        again = recover(incident("incident-2"), FakeFlow(), world)
        tables = new.of_type("AWS::DynamoDB::Table")

    assert (again.state, again.code) == ("refused", "cooling-down")
    assert not tables


def test_every_role_reaches_the_ledger_that_the_stack_goes_on_with() -> None:
    with created(ExistingTableName="of-before") as stack:
        granted = [
            statement["Resource"]
            for kind in ("AWS::IAM::Role", "AWS::IAM::Policy")
            for statement in nodes(stack.of_type(kind))
            if isinstance(statement, dict) and "dynamodb:" in str(statement.get("Action"))
        ]

    assert granted
    assert set(granted) == {f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/of-before"}


def world_of(table: str) -> FakeWorld:
    world = world_at_1154()
    world.ledger = Ledger(DynamoStore(boto3.client("dynamodb"), table))
    return world


# ── Keys of one's own ───────────────────────────────────────────────────────────────────────────

KEY = {
    "KeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "OperatorTopicArn": "arn:aws:sns:a:1:b",
}
ENCRYPTED = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
}
"""Where each kind of resource that keeps something names its key."""


def under(resource: Any, *path: str) -> Any:
    for name in path:
        resource = resource.get(name, {})
    return resource


def test_with_a_key_everything_that_is_kept_lies_under_it_and_the_stack_makes_none() -> None:
    resources = decided(**KEY)["Resources"].values()
    kept = [r for r in resources if r["Type"] in ENCRYPTED]
    durable = [r["Properties"]["DurableConfig"] for r in resources if "DurableConfig" in str(r)]

    assert {r["Type"] for r in kept} == ENCRYPTED.keys()
    for resource in kept:
        path = ENCRYPTED[resource["Type"]]
        assert under(resource["Properties"], *path) == {"Ref": "KeyArn"}, resource
    assert [config["KMSKeyArn"] for config in durable] == [{"Ref": "KeyArn"}] * 2
    assert "AWS::KMS::Key" not in {r["Type"] for r in resources}


def test_a_stack_under_a_key_is_made_and_its_queues_and_its_topic_lie_under_it() -> None:
    with created(Webhook="on", **KEY) as stack:
        queues = [stack.ref(name) for name in stack.of_type("AWS::SQS::Queue")]
        topic = boto3.client("sns").get_topic_attributes(TopicArn=stack.ref("AlarmTopic"))
        keys = [
            boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            for url in queues
        ]

    assert len(keys) > 4
    assert {found["Attributes"]["KmsMasterKeyId"] for found in keys} == {KEY["KeyArn"]}
    assert topic["Attributes"]["KmsMasterKeyId"] == KEY["KeyArn"]


def test_without_a_key_nobody_is_allowed_one_but_that_of_the_topic() -> None:
    named = set(references(decided()["Resources"]))

    assert not named & {"KeyArn", "PolicyKeyArn", "SecretKeyArn", "OperatorTopicKeyArn"}
    assert "AlarmTopicKey" in named


SERVICES = {"dynamodb", "lambda", "sqs"}


@pytest.mark.parametrize(
    ("resource", "through"),
    [
        ("SharedAccess", SERVICES),
        ("NotifyRole", {"dynamodb", "sqs"}),
        ("VerifyScheduleRole", {"sqs"}),
        ("ReadersPolicy", {"dynamodb"}),
        ("OperatorsPolicy", {"dynamodb", "lambda"}),
    ],
)
def test_whoever_reaches_what_is_encrypted_may_use_the_key_through_its_service(
    resource: str, through: set[str]
) -> None:
    properties = decided(**KEY)["Resources"][resource]["Properties"]

    (using,) = [s for s in statements_of(properties) if s["Resource"] == {"Ref": "KeyArn"}]

    services = listed(using["Condition"]["StringEquals"]["kms:ViaService"])
    assert {service["Fn::Sub"].partition(".")[0] for service in services} == through


def test_a_policy_under_an_own_key_is_decrypted_through_what_keeps_policies_only() -> None:
    resources = decided(PolicyKeyArn=KEY["KeyArn"])["Resources"]

    for name in ("SharedAccess", "ReadersPolicy"):
        statements = statements_of(resources[name]["Properties"])
        (using,) = [s for s in statements if s["Resource"] == {"Ref": "PolicyKeyArn"}]
        assert using["Action"] == "kms:Decrypt"
        assert using["Condition"]["StringEquals"] == {
            "kms:ViaService": [
                {"Fn::Sub": f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"}
                for service in ("ssm", "s3")
            ]
        }


def test_the_page_lets_every_service_use_the_key_that_writes_under_it() -> None:
    resources = decided(**KEY)["Resources"].values()
    writing = {
        node["Principal"]["Service"]
        for resource in resources
        if resource["Type"] in {"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}
        for node in nodes(resource)
        if isinstance(node, dict) and "Principal" in node
    }
    (block,) = re.findall(r"```json\n(.*?)```", text_of("docs/how-to/keys.md"), re.DOTALL)

    named = {
        service
        for statement in json.loads(block)["Statement"]
        for service in listed(statement["Principal"].get("Service", []))
    }

    assert writing == {"cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"}
    assert named == writing | {"lambda.amazonaws.com", "logs.eu-west-1.amazonaws.com"}


def statements_of(properties: Any) -> list[Any]:
    """All statements of a policy, or of the policies of a role."""
    policies = properties.get("Policies", [properties])
    return [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
