"""The policy in an SSM parameter (moto's server)."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config

from lastgood.aws.parameters import read_parameter
from lastgood.domain.errors import PolicyError
from lastgood.ports import Text
from sandbox.aws.account import POLICY_PARAMETER, REGION, AwsSandbox


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


def newest(aws: AwsSandbox, name: str = POLICY_PARAMETER) -> Text:
    return next(read_parameter(aws.client("ssm"), name))


def test_the_text_comes_back_to_the_letter(aws: AwsSandbox) -> None:
    text = '# größer\nversion = 1\n\n[cloud.prod]\r\nregion = "ap-southeast-1"\n' + "# x\n" * 1500
    aws.put_parameter(POLICY_PARAMETER, text)

    assert newest(aws).body == text.encode()


def test_a_text_that_was_changed_is_read_anew(aws: AwsSandbox) -> None:
    aws.put_parameter(POLICY_PARAMETER, "old")
    old = newest(aws)
    aws.put_parameter(POLICY_PARAMETER, "new")

    new = newest(aws)
    assert (old.body, new.body) == (b"old", b"new")
    assert int(new.version) == int(old.version) + 1


def test_what_a_parameter_held_before_is_read_on_asking_for_more(aws: AwsSandbox) -> None:
    for text in ("first", "second", "third"):
        aws.client("ssm").put_parameter(Name="/kept", Value=text, Type="String", Overwrite=True)

    texts = list(read_parameter(aws.client("ssm"), "/kept"))

    assert [(text.body, text.version) for text in texts] == [
        *((b"third", "3"), (b"second", "2"), (b"first", "1")),
    ]


def test_an_encrypted_parameter_is_read_in_clear(aws: AwsSandbox) -> None:
    aws.client("ssm").put_parameter(Name="/encrypted", Value="version = 1", Type="SecureString")

    assert newest(aws, "/encrypted").body == b"version = 1"


@pytest.mark.parametrize("name", ["/no/such/parameter", "", "no spaces, please"])
def test_a_parameter_that_cannot_be_read_is_an_error_on_one_line(
    aws: AwsSandbox, name: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        newest(aws, name)

    assert caught.value.message.startswith(f"the policy ssm:{name} cannot be read: ")
    assert "\n" not in caught.value.message
    assert "ssm:GetParameter" in caught.value.hint


def test_a_parameter_store_that_cannot_be_reached_is_an_error() -> None:
    client = boto3.client(
        "ssm",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )

    with pytest.raises(PolicyError, match="Could not connect"):
        next(read_parameter(client, POLICY_PARAMETER))
    client.close()
