"""Whether a hook is there: asked of Lambda, as moto has it, with what a person may see."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from lastgood.aws.resources import ResourceError, find_hook
from sandbox.aws.account import ACCOUNT, REGION, AwsSandbox, function_arn

HOOK = "check-orders"
ELSEWHERE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{HOOK}"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Lambda with one function, which has one version and one alias."""
    with AwsSandbox() as aws:
        role = aws.client("iam").create_role(RoleName="hook", AssumeRolePolicyDocument="{}")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as bundle:
            bundle.writestr("hook.py", "def handler(event, context): ...\n")
        lambdas = aws.client("lambda")
        lambdas.create_function(
            FunctionName=HOOK,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="hook.handler",
            Code={"ZipFile": code.getvalue()},
        )
        lambdas.publish_version(FunctionName=HOOK)
        lambdas.create_alias(FunctionName=HOOK, Name="live", FunctionVersion="1")
        yield lambdas


@pytest.mark.parametrize("qualifier", ["1", "live"])
def test_a_hook_that_is_there_is_found_with_the_version_or_alias_that_it_names(
    client: Any, qualifier: str
) -> None:
    find_hook(function_arn(HOOK, qualifier), client)


def test_a_hook_that_names_no_version_is_found(client: Any) -> None:
    find_hook(function_arn(HOOK).removesuffix(":live"), client)


@pytest.mark.parametrize(
    "hook", [function_arn("no-such-hook"), function_arn(HOOK, "2"), function_arn(HOOK, "new")]
)
def test_a_function_a_version_and_an_alias_that_are_not_there_are_told(
    client: Any, hook: str
) -> None:
    with pytest.raises(ResourceError, match=f"^{hook} is not there") as caught:
        find_hook(hook, client)

    assert (
        caught.value.hint
        == "correct the policy, or deploy the function, version or alias that it names"
    )


def test_a_hook_of_another_region_is_told_without_being_asked_for() -> None:
    client = boto3.client(
        "lambda", REGION, aws_access_key_id="x", aws_secret_access_key="y", endpoint_url="http://x"
    )

    with pytest.raises(ResourceError, match="lies in us-east-1, and the stack in eu-west-1"):
        find_hook(ELSEWHERE, client)


@pytest.mark.parametrize("account", [ACCOUNT, "999999999999"])
def test_a_hook_that_may_not_be_looked_at_is_not_said_to_be_missing(
    client: Any, account: str
) -> None:
    hook = function_arn(HOOK).replace(ACCOUNT, account)

    with Stubber(client) as stubbed:
        stubbed.add_client_error("get_function_configuration", "AccessDeniedException")
        with pytest.raises(ResourceError, match="cannot be seen: AccessDenied") as caught:
            find_hook(hook, client)

    assert "lambda:GetFunctionConfiguration" in caught.value.hint


def test_a_service_that_cannot_be_reached_is_told() -> None:
    client = boto3.client(
        "lambda",
        REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"total_max_attempts": 1}),
    )

    with pytest.raises(ResourceError, match=r"cannot be seen: EndpointConnectionError$"):
        find_hook(function_arn(HOOK), client)
