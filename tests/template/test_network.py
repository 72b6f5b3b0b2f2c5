"""The functions in a VPC and behind a proxy."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.docs.pages import codes, rows, section, text_of
from tests.template.stack import FUNCTIONS, decided
from tests.template.test_template import NETWORK, listed

VPC = {"SubnetIds": "subnet-0a1b,subnet-2c3d", "SecurityGroupIds": "sg-0a1b"}
PROXY = {"HttpsProxy": "http://proxy.example.com:3128", "NoProxy": ".amazonaws.com"}
EVERY_FUNCTION = {
    "OperatorTopicArn": "arn:aws:sns:eu-west-1:123456789012:operators",
    "Webhook": "on",
    "PolicyConfiguration": "abc1234/def5678/ghi9012",
}


def functions(**parameters: str) -> list[Any]:
    resources = decided(**EVERY_FUNCTION, **parameters)["Resources"]
    return [resources[name]["Properties"] for name in FUNCTIONS.values()]


def test_every_function_runs_in_the_subnets_that_are_given() -> None:
    found = [function["VpcConfig"] for function in functions(**VPC)]

    given = {"SubnetIds": {"Ref": "SubnetIds"}, "SecurityGroupIds": {"Ref": "SecurityGroupIds"}}
    assert found == [given] * len(FUNCTIONS)
    assert not any("VpcConfig" in function for function in functions())


@pytest.mark.parametrize("parameters", [VPC, {}], ids=["in a VPC", "in none"])
def test_a_role_may_make_network_interfaces_only_in_a_vpc(parameters: dict[str, str]) -> None:
    resources = decided(**EVERY_FUNCTION, **parameters)["Resources"]
    statements = resources["NetworkAndTraces"]["Properties"]["PolicyDocument"]["Statement"]

    allowed = {action for s in statements for action in listed(s["Action"])}
    assert {a for a in allowed if a.startswith("ec2:")} == (NETWORK if parameters else set())


def test_a_function_is_made_after_the_right_to_its_network_interface() -> None:
    resources = decided(**EVERY_FUNCTION, **VPC)["Resources"]

    for name in FUNCTIONS.values():
        assert "NetworkAndTraces" in listed(resources[name]["DependsOn"])
    roles = resources["NetworkAndTraces"]["Properties"]["Roles"]
    assert {role["Ref"] for role in roles} == {f"{name.capitalize()}Role" for name in FUNCTIONS}


def test_every_function_knows_the_proxy_that_is_given() -> None:
    for function in functions(**PROXY):
        variables = function["Environment"]["Variables"]
        assert variables["HTTPS_PROXY"] == {"Ref": "HttpsProxy"}
        assert variables["NO_PROXY"] == {"Ref": "NoProxy"}
    for function in functions():
        assert not {"HTTPS_PROXY", "NO_PROXY"} & function["Environment"]["Variables"].keys()


def test_the_page_names_every_service_of_aws_that_a_function_calls() -> None:
    named = {
        service
        for row in rows(section("docs/how-to/network.md", "## In a VPC"))
        if "Huawei" not in row[0]
        for service in codes(row[0])
    }
    made = text_of("lastgood/wiring.py") + text_of("lastgood/reception.py")
    called = set(re.findall(r'client(?:s)?\("([a-z0-9]+)"', made))

    assert named == called - {"sts"}  # which only people at a command line ask
