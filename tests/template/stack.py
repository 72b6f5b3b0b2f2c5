"""The stack that `template.yaml` makes: translated by SAM's own translator, created in moto.

moto's CloudFormation knows no alarms, aliases, invoke configurations, subscriptions, policies of
topics and queues, and no schedules. Its services do, so these are made by the call that
CloudFormation would make, from the properties of the translated document, with every reference
resolved by moto against what it has created.
"""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped] # it ships no types
from samtranslator.translator.translator import (  # type: ignore[import-untyped] # the same
    Translator,
)
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped] # the same

from sandbox.aws.account import ACCOUNT, REGION, sandbox_account

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
NAME = "lastgood"
CODE = "code-of-lastgood"
POLICY = "/lastgood/policy"
FUNCTIONS = {
    "alarm": "AlarmFunction",
    "recover": "RecoverFunction",
    "verify": "VerifyFunction",
    "notify": "NotifyFunction",
    "policy": "PolicyFunction",
    "webhook": "WebhookFunction",
}

NOTHING = {"Ref": "AWS::NoValue"}

Document = dict[str, Any]


def template() -> Document:
    """The template as it is written, with the code where `sam package` would have put it."""
    document: Document = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    del document["Globals"]["Function"]["CodeUri"]
    for function in FUNCTIONS.values():
        document["Resources"][function]["Properties"]["CodeUri"] = f"s3://{CODE}/bundle.zip"
    return document


def translate(document: Document, **parameters: str) -> Document:
    """The plain CloudFormation that AWS makes of a template."""
    with sandbox_account() as session:
        translator = Translator({}, Parser(), boto_session=session)
        translated: Document = translator.translate(document, _values(document, parameters))
    return translated


def _values(document: Document, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters as given, or else by default, as the text that CloudFormation compares."""
    return {name: str(p["Default"]) for name, p in document["Parameters"].items()} | dict(given)


@dataclass(frozen=True)
class Stack:
    """A stack in moto; `made_apart` are the resources that its CloudFormation does not know."""

    document: Document
    made_apart: frozenset[str]

    def properties(self, resource: str) -> Any:
        """The properties of a resource, with every reference resolved."""
        return self._resolve(self.document["Resources"][resource].get("Properties", {}))

    def of_type(self, kind: str) -> dict[str, Any]:
        """The properties of each resource of a type."""
        resources = self.document["Resources"].items()
        return {name: self.properties(name) for name, r in resources if r["Type"] == kind}

    def ref(self, resource: str) -> str:
        """What `!Ref` gives."""
        return str(self._resolve({"Ref": resource}))

    def arn(self, resource: str) -> str:
        """What `!GetAtt resource.Arn` gives."""
        return str(self._resolve({"Fn::GetAtt": [resource, "Arn"]}))

    def live(self, function: str) -> str:
        """The ARN of the alias of a function."""
        return f"{self.arn(function)}:live"

    def _resolve(self, tree: Any) -> Any:
        return clean_json(json.loads(json.dumps(tree)), self._resources)

    @cached_property
    def _resources(self) -> Any:
        (stack,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        return stack.resource_map


def decided(**parameters: str) -> Document:
    """The translated template with every condition decided, and references spelt out for moto."""
    return decide(_spelt_out(translate(template(), **parameters)), **parameters)


def conditions(document: Document, **parameters: str) -> dict[str, bool]:
    """Which conditions of a template hold."""
    values = _values(document, parameters)
    return {name: _holds(c, values) for name, c in document["Conditions"].items()}


def decide(document: Document, **parameters: str) -> Document:
    """A translated template with every condition decided."""
    holding = conditions(document, **parameters)
    return document | {
        part: {
            name: _decided(each, holding)
            for name, each in document[part].items()
            if holding.get(each.get("Condition", ""), True)
        }
        for part in ("Resources", "Outputs")
    }


@contextmanager
def created(**parameters: str) -> Iterator[Stack]:
    """The stack in an otherwise empty account, with what must be there before it."""
    with sandbox_account(), mock_aws():
        _prepare_the_account()
        yield create(**parameters)


def create(**parameters: str) -> Stack:
    """The stack in the account as it is."""
    document = decided(**parameters)
    resources = document["Resources"]
    apart = {name: r for name, r in resources.items() if r["Type"] in MADE_BY_CALL}
    known = {name: _depending_on_no_other(r, apart) for name, r in resources.items()}
    shown = {n: o for n, o in document["Outputs"].items() if _read_from(o) not in apart}
    body = document | {
        "Resources": {n: r for n, r in known.items() if n not in apart},
        "Outputs": shown,
    }
    boto3.client("cloudformation").create_stack(
        StackName=NAME,
        TemplateBody=json.dumps(body),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = Stack(document, frozenset(apart))
    for kind, make in MADE_BY_CALL.items():
        for properties in stack.of_type(kind).values():
            make(properties)
    return stack


def _read_from(output: Document) -> str | None:
    """The resource of which an output shows an attribute."""
    match output["Value"]:
        case {"Fn::GetAtt": [str(resource), _]}:
            return resource
    return None


def _prepare_the_account() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("handlers/__init__.py", "")
    buckets = boto3.client("s3")
    buckets.create_bucket(Bucket=CODE, CreateBucketConfiguration={"LocationConstraint": REGION})
    buckets.put_object(Bucket=CODE, Key="bundle.zip", Body=archive.getvalue())
    # moto resolves a parameter of type Name to the value behind it, so that is the name again.
    boto3.client("ssm").put_parameter(Name=POLICY, Value=POLICY, Type="String")


def _spelt_out(document: Document) -> Document:
    """The same, with what moto cannot resolve replaced by what comes to the same.

    It has no alarms and no aliases, whose ARNs are known beforehand; of a version only the object
    behind a reference tells the number; and a reference to a bus is an object, where its name is
    meant. The name of a first-in-first-out queue ends with what CloudFormation adds by itself.
    """
    document = copy.deepcopy(document)
    for name, resource in document["Resources"].items():
        if resource.get("Properties", {}).get("FifoQueue"):
            resource["Properties"]["QueueName"] = f"{NAME}-{name}.fifo"
    text = json.dumps(document)
    for name, resource in document["Resources"].items():
        if resource["Type"] == "AWS::Events::EventBus":
            named = {"Fn::GetAtt": [name, "Name"]}
            text = text.replace(json.dumps({"Ref": name}), json.dumps(named))
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
            text = text.replace(json.dumps({"Fn::GetAtt": [name, "Arn"]}), json.dumps(arn))
        if resource["Type"] == "AWS::Lambda::Alias":
            alias = resource["Properties"]
            spelt = {"Fn::Sub": f"${{{alias['FunctionName']['Ref']}.Arn}}:{alias['Name']}"}
            text = text.replace(json.dumps({"Ref": name}), json.dumps(spelt))
            version = alias["FunctionVersion"]["Fn::GetAtt"][0]
            text = text.replace(json.dumps(alias["FunctionVersion"]), json.dumps({"Ref": version}))
    spelt_out: Document = json.loads(text)
    return spelt_out


def _depending_on_no_other(resource: Document, apart: Mapping[str, Any]) -> Document:
    needs = resource.get("DependsOn", [])
    needs = [needs] if isinstance(needs, str) else needs
    return resource | {"DependsOn": [name for name in needs if name not in apart]}


def _decided(tree: Any, holding: Mapping[str, bool]) -> Any:
    """The same with every `Fn::If` decided: in a list moto takes `AWS::NoValue` for an element."""
    match tree:
        case {"Fn::If": [condition, if_so, if_not]}:
            return _decided(if_so if holding[condition] else if_not, holding)
        case dict():
            found = {key: _decided(value, holding) for key, value in tree.items()}
            return {key: value for key, value in found.items() if value != NOTHING}
        case list():
            return [e for e in (_decided(element, holding) for element in tree) if e != NOTHING]
        case _:
            return tree


def _holds(condition: Any, values: Mapping[str, str]) -> bool:
    match condition:
        case {"Fn::Not": [inner]}:
            return not _holds(inner, values)
        case {"Fn::Equals": [compared, literal]}:
            return _text(compared, values) == str(literal)
        case _:
            raise NotImplementedError(condition)


def _text(value: Any, values: Mapping[str, str]) -> str:
    match value:
        case {"Ref": parameter}:
            return values[parameter]
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(_text(part, values) for part in parts)
        case {"Fn::Join": ["", {"Ref": _} as given]}:
            return _text(given, values)
        case _:
            raise NotImplementedError(value)


def make_bus_policy(policy: Any, events: EventBridgeClient) -> None:
    """Let others put events on a bus, as `AWS::Events::EventBusPolicy` does."""
    named = {"Sid": policy["StatementId"], **policy["Statement"]}
    document = {"Version": "2012-10-17", "Statement": [named]}
    events.put_permission(EventBusName=policy["EventBusName"], Policy=json.dumps(document))


def _make_alarm(alarm: Any) -> None:
    name = alarm["AlarmDescription"]
    boto3.client("cloudwatch").put_metric_alarm(AlarmName=name, **alarm)


def _make_alias(alias: Any) -> None:
    version = str(alias["FunctionVersion"].version)  # moto's object, see _spelt_out
    boto3.client("lambda").create_alias(**alias | {"FunctionVersion": version})


def _make_url(url: Any) -> None:
    function, _, qualifier = url["TargetFunctionArn"].rpartition(":")
    boto3.client("lambda").create_function_url_config(
        FunctionName=function, Qualifier=qualifier, AuthType=url["AuthType"]
    )


def _make_mapping(mapping: Any) -> None:
    boto3.client("lambda").create_event_source_mapping(**mapping)


def _make_invoke_config(config: Any) -> None:
    for destination in config["DestinationConfig"].values():
        destination.pop("Type", None)  # SAM's word, which CloudFormation passes over
    boto3.client("lambda").put_function_event_invoke_config(**config)


def _make_permission(permission: Any) -> None:
    function, _, qualifier = permission.pop("FunctionName").rpartition(":")
    boto3.client("lambda").add_permission(
        FunctionName=function, Qualifier=qualifier, StatementId=uuid4().hex, **permission
    )


def _make_subscription(subscription: Any) -> None:
    redrive = json.dumps(subscription["RedrivePolicy"])
    boto3.client("sns").subscribe(
        TopicArn=subscription["TopicArn"],
        Protocol=subscription["Protocol"],
        Endpoint=subscription["Endpoint"],
        Attributes={"RedrivePolicy": redrive},
    )


def _make_topic_policy(policy: Any) -> None:
    for topic in policy["Topics"]:
        boto3.client("sns").set_topic_attributes(
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=json.dumps(policy["PolicyDocument"]),
        )


def _make_queue_policy(policy: Any) -> None:
    for queue in policy["Queues"]:
        boto3.client("sqs").set_queue_attributes(
            QueueUrl=queue, Attributes={"Policy": json.dumps(policy["PolicyDocument"])}
        )


def _make_schedule(schedule: Any) -> None:
    boto3.client("scheduler").create_schedule(Name="verify", **schedule)


MADE_BY_CALL: Mapping[str, Callable[[Any], None]] = {
    "AWS::Events::EventBusPolicy": lambda policy: make_bus_policy(policy, boto3.client("events")),
    "AWS::CloudWatch::Alarm": _make_alarm,
    "AWS::Lambda::Alias": _make_alias,
    "AWS::Lambda::Permission": _make_permission,  # known, but these are for an alias
    "AWS::Lambda::Url": _make_url,
    "AWS::Lambda::EventSourceMapping": _make_mapping,  # the same
    "AWS::Lambda::EventInvokeConfig": _make_invoke_config,
    "AWS::SNS::Subscription": _make_subscription,
    "AWS::SNS::TopicPolicy": _make_topic_policy,
    "AWS::SQS::QueuePolicy": _make_queue_policy,
    "AWS::Scheduler::Schedule": _make_schedule,
}
"""What moto's CloudFormation cannot create, in the order in which it is created instead."""
