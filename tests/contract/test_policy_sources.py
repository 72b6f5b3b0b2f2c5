"""The policy in each of the places where it may be: moto, and a stand-in for AppConfig.

moto has no data API of AppConfig.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from benchmarks.service import policy_of
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import Policy
from lastgood.wiring import Wiring
from sandbox.aws.account import REGION, AwsSandbox
from tests.support.builders import EXAMPLE

BUCKET, KEY = "policies", "team/lastgood.toml"
OBJECT = f"s3://{BUCKET}/{KEY}"
APPCONFIG = "appconfig:lastgood/prod/policy"
FLEET = policy_of("http://127.0.0.1:9", 10_000)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        where = {"LocationConstraint": REGION}
        sandbox.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield sandbox


@pytest.fixture
def environment(aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    return aws.environment()


class Deployed:
    """AppConfig's data API: a session, and what is deployed."""

    def __init__(self, server: HTTPServer) -> None:
        self.text, self.label, self.asked = "", "", dict[str, str]()
        server.expect_request("/configurationsessions", method="POST").respond_with_handler(
            self._start
        )
        server.expect_request("/configuration").respond_with_handler(self._answer)

    def _start(self, request: Request) -> Response:
        self.asked = json.loads(request.data)
        return Response('{"InitialConfigurationToken": "once"}', 201)

    def _answer(self, request: Request) -> Response:
        assert request.args["configuration_token"] == "once"
        headers = {"Next-Poll-Configuration-Token": "twice", "Version-Label": self.label}
        return Response(self.text, headers=headers, content_type="application/toml")


@pytest.fixture
def deployed(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.setenv("AWS_ENDPOINT_URL_APPCONFIGDATA", httpserver.url_for("/"))
    return Deployed(httpserver)


def policy_at(where: str, environment: dict[str, str]) -> Policy:
    return Wiring({**environment, "LASTGOOD_POLICY": where}).policy()


def test_an_object_of_s3_is_read_with_its_version(
    aws: AwsSandbox, environment: dict[str, str]
) -> None:
    put = aws.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=EXAMPLE.encode())

    policy = policy_at(OBJECT, environment)

    assert policy.find("orders-cache")
    tag = put["ETag"].strip('"')
    assert policy.source_version == f"{OBJECT}@{tag}"


def test_an_object_that_has_not_changed_is_not_sent_again(
    aws: AwsSandbox, environment: dict[str, str]
) -> None:
    wiring = Wiring({**environment, "LASTGOOD_POLICY": OBJECT})
    aws.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"one")
    first = next(wiring.policy_versions())
    again = next(wiring.policy_versions(first.tag))
    aws.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"two")

    assert (first.body, again.body, again.tag) == (b"one", b"", first.tag)
    assert next(wiring.policy_versions(first.tag)).body == b"two"


def test_a_broken_object_of_a_versioned_bucket_does_not_replace_the_last_good_one(
    aws: AwsSandbox, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    s3 = aws.client("s3")
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="versioned", CreateBucketConfiguration=where)
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="versioned", Key="p.toml.bak", Body=b"another")
    texts = (EXAMPLE.encode(), b"version = 2", b"\xff")
    good, *_, newest = (
        s3.put_object(Bucket="versioned", Key="p.toml", Body=text)["VersionId"] for text in texts
    )

    policy = policy_at("s3://versioned/p.toml", environment)

    assert policy.source_version == f"s3://versioned/p.toml@{good}"
    told = capsys.readouterr().out
    assert f"s3://versioned/p.toml@{newest} is not used" in told
    assert json.loads(told)["BrokenPolicies"] == [1.0]


def test_a_broken_parameter_does_not_replace_the_last_good_version(
    aws: AwsSandbox, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for text in (EXAMPLE, "version = 2"):
        aws.put_parameter("/broken", text)

    policy = policy_at("ssm:/broken", environment)

    assert policy.source_version == "ssm:/broken@1"
    assert "ssm:/broken@2 is not used" in capsys.readouterr().out


def test_what_was_never_good_is_an_error_that_says_what_is_wrong_with_the_newest(
    aws: AwsSandbox, environment: dict[str, str]
) -> None:
    aws.client("s3").put_object(Bucket=BUCKET, Key="unversioned", Body=b"version = 2")

    with pytest.raises(PolicyError, match="policy, version: found 2"):
        policy_at(f"s3://{BUCKET}/unversioned", environment)


@pytest.mark.parametrize("where", [f"s3://{BUCKET}/none", "s3://no-such-bucket-of-ours/key"])
def test_an_object_that_cannot_be_read_is_named_with_the_right_that_it_takes(
    environment: dict[str, str], where: str
) -> None:
    with pytest.raises(PolicyError, match="cannot be read") as caught:
        policy_at(where, environment)

    assert where in caught.value.message
    assert "s3:GetObject" in caught.value.hint


def test_what_appconfig_has_deployed_is_read_with_its_label(
    environment: dict[str, str], deployed: Deployed
) -> None:
    deployed.text, deployed.label = EXAMPLE, "v7"

    policy = policy_at(APPCONFIG, environment)

    assert policy.source_version == f"{APPCONFIG}@v7"
    assert deployed.asked == {
        "ApplicationIdentifier": "lastgood",
        "EnvironmentIdentifier": "prod",
        "ConfigurationProfileIdentifier": "policy",
    }


def test_what_appconfig_gives_no_label_is_told_by_its_digest(
    environment: dict[str, str], deployed: Deployed
) -> None:
    deployed.text = EXAMPLE

    version = policy_at(APPCONFIG, environment).source_version

    assert version is not None
    assert version.startswith(f"{APPCONFIG}@sha256:")


def test_a_configuration_that_cannot_be_read_is_named_with_the_rights_that_it_takes(
    environment: dict[str, str], httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_APPCONFIGDATA", httpserver.url_for("/"))
    httpserver.expect_request("/configurationsessions").respond_with_json(
        {"Message": "no"}, status=404, headers={"x-amzn-ErrorType": "ResourceNotFoundException"}
    )

    with pytest.raises(PolicyError, match="ResourceNotFoundException") as caught:
        policy_at(APPCONFIG, environment)

    assert "appconfig:GetLatestConfiguration" in caught.value.hint


@pytest.mark.parametrize(
    "where", ["s3:bucket/key", "s3://bucket", "s3://bucket/", "appconfig:app/env", "appconfig:a//b"]
)
def test_a_place_that_is_misspelt_is_an_error_that_shows_how_it_is_written(
    environment: dict[str, str], where: str
) -> None:
    with pytest.raises(PolicyError, match="names no place") as caught:
        policy_at(where, environment)

    assert caught.value.hint.startswith("write ")


@pytest.mark.parametrize("source", ["path", "s3", "appconfig", "ssm"])
def test_a_policy_of_ten_thousand_instances_comes_through_each_source(
    source: str, aws: AwsSandbox, environment: dict[str, str], deployed: Deployed, tmp_path: Path
) -> None:
    (tmp_path / "lastgood.toml").write_text(FLEET, encoding="utf-8")
    deployed.text = FLEET
    aws.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=FLEET.encode())
    where = {"path": str(tmp_path / "lastgood.toml"), "s3": OBJECT, "appconfig": APPCONFIG}
    where["ssm"] = "ssm:/large"
    if source == "ssm":  # where AWS takes 8 KB, moto takes all
        aws.client("ssm").put_parameter(Name="/large", Value=FLEET, Type="String", Tier="Advanced")

    assert len(policy_at(where[source], environment).instance) == 10_000
