"""`lastgood policy push` into each place: moto, and a stand-in for AppConfig's deployments."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from benchmarks.service import policy_of
from handlers.policy import handler
from lastgood.aws import pushing
from lastgood.aws.clients import Clients
from lastgood.cli import main
from lastgood.domain.errors import PolicyError
from lastgood.wiring import Wiring
from sandbox.aws.account import REGION, AwsSandbox
from tests.support.builders import EXAMPLE

NEWER = EXAMPLE.replace('= "auto"', '= "propose"')
PARAMETER = "ssm:/pushed"
OBJECT = "s3://pushed/lastgood.toml"
CONFIGURATION = "appconfig:abc1234/def5678/ghi9012"


@pytest.fixture(scope="module")
def account() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        where = {"LocationConstraint": REGION}
        sandbox.client("s3").create_bucket(Bucket="pushed", CreateBucketConfiguration=where)
        yield sandbox


@pytest.fixture
def aws(account: AwsSandbox, monkeypatch: pytest.MonkeyPatch) -> AwsSandbox:
    """The account with neither parameter nor object."""
    for name, value in account.environment().items():
        monkeypatch.setenv(name, value)
    for name in ("LASTGOOD_TABLE", "LASTGOOD_BUS", "LASTGOOD_RECOVER_FUNCTION"):
        monkeypatch.delenv(name, raising=False)
    account.client("ssm").delete_parameters(Names=["/pushed"])
    account.client("s3").delete_object(Bucket="pushed", Key="lastgood.toml")
    return account


Push = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def push(
    aws: AwsSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Push:
    """Push a text to a place; how it ended, what a script reads, and what a person."""
    del aws

    def push(where: str, text: str, *options: str) -> tuple[int, Any, str]:
        monkeypatch.setenv("LASTGOOD_POLICY", where)
        path = tmp_path / "lastgood.toml"
        path.write_text(text, "utf-8")
        code = main(["policy", "push", str(path), *options])
        ran = capsys.readouterr()
        return code, json.loads(ran.out) if "--json" in options else ran.out, ran.err

    return push


@pytest.mark.parametrize("where", [PARAMETER, OBJECT])
def test_the_first_policy_is_put_and_the_next_one_shows_what_it_changes(
    push: Push, where: str
) -> None:
    code, first, _ = push(where, EXAMPLE, "--yes", "--json")
    again, second, _ = push(where, NEWER, "--yes", "--json")

    assert (code, again, first["place"], first["changes"]) == (0, 0, where, [])
    (mode,) = second["changes"]
    assert (mode["key"], mode["before"], mode["after"]) == ("mode", "auto", "propose")
    policy = Wiring({"LASTGOOD_POLICY": where, "AWS_REGION": REGION}).policy()
    assert policy.source_version == f"{where}@{second['version']}"
    assert policy.instance[0].mode == "propose"


def test_a_person_sees_place_changes_and_the_version_that_is_in_force(push: Push) -> None:
    push(PARAMETER, EXAMPLE, "--yes")

    code, out, _ = push(PARAMETER, NEWER, "--yes")

    assert code == 0
    assert f"to {PARAMETER}" in out
    assert '"auto" → "propose"' in out
    assert f"{PARAMETER} holds version 2: in force within a minute" in out


def test_a_policy_with_errors_is_not_put_and_each_of_them_is_named(
    push: Push, aws: AwsSandbox
) -> None:
    bad = EXAMPLE.replace("version = 1", "version = 2\ncolour = 3")

    code, faults, _ = push(PARAMETER, bad, "--yes", "--json")

    assert code == 3
    assert [fault["line"] for fault in faults] == [2, 3]
    assert not aws.client("ssm").describe_parameters()["Parameters"]


def test_where_nobody_can_be_asked_nothing_is_put(push: Push, aws: AwsSandbox) -> None:
    code, _, err = push(PARAMETER, EXAMPLE)

    assert code == 1
    assert "nothing was put" in err
    assert "lastgood.toml --yes" in err
    assert not aws.client("ssm").describe_parameters()["Parameters"]


@pytest.mark.parametrize(("answer", "put"), [(True, 1), (False, 0)])
def test_a_person_at_a_terminal_is_asked(
    push: Push, aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch, *, answer: bool, put: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: answer)

    push(PARAMETER, EXAMPLE)

    assert len(aws.client("ssm").describe_parameters()["Parameters"]) == put


def test_a_policy_that_a_parameter_cannot_hold_is_refused_with_the_place_that_can(
    push: Push,
) -> None:
    code, _, err = push(PARAMETER, EXAMPLE + "#" * pushing.PARAMETER_HOLDS, "--yes")

    assert code == 1
    assert "and a parameter holds 8,192" in err
    assert "s3://bucket/key" in err


def test_ten_thousand_instances_are_put_into_an_object(push: Push) -> None:
    code, pushed, _ = push(OBJECT, policy_of("http://127.0.0.1:9", 10_000), "--yes", "--json")

    assert (code, pushed["place"]) == (0, OBJECT)


def test_an_encrypted_parameter_stays_encrypted_under_its_key(push: Push, aws: AwsSandbox) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    aws.client("ssm").put_parameter(Name="/pushed", Value=EXAMPLE, Type="SecureString", KeyId=key)

    code, _, _ = push(PARAMETER, NEWER, "--yes")

    (found,) = aws.client("ssm").describe_parameters()["Parameters"]
    assert (code, found["Type"], found["KeyId"]) == (0, "SecureString", key)


def test_a_broken_policy_is_replaced(push: Push, aws: AwsSandbox) -> None:
    aws.put_parameter("/pushed", "version = 2")

    code, out, _ = push(PARAMETER, EXAMPLE, "--yes")

    assert code == 0
    assert "no good policy is there" in out


@pytest.mark.parametrize("where", [PARAMETER, OBJECT])
def test_somebody_who_puts_another_meanwhile_is_told_of(
    push: Push, aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    push(where, EXAMPLE, "--yes")

    def agree(*_: object, **__: object) -> bool:
        aws.put_parameter("/pushed", EXAMPLE + "# mine")
        aws.client("s3").put_object(Bucket="pushed", Key="lastgood.toml", Body=b"# mine")
        return True

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", agree)
    code, _, err = push(where, NEWER)

    assert code == 1
    assert "meanwhile" in err
    assert "lastgood policy diff" in err


def test_a_file_is_no_place_to_push_to(push: Push) -> None:
    code, _, err = push("lastgood.toml", EXAMPLE, "--yes")

    assert code == 1
    assert "no function reads the policy at lastgood.toml" in err


def test_what_aws_refuses_is_told_in_one_line(push: Push) -> None:
    code, _, err = push("s3://no-such-bucket-of-ours/key", EXAMPLE, "--yes")

    assert code == 1
    assert "NoSuchBucket" in err


class AppConfig:
    """Deployments of AppConfig, whose validator is ours, and what its data API serves then."""

    def __init__(self, server: HTTPServer) -> None:
        self.versions: list[bytes] = []
        self.deployed: bytes | None = None
        self.late = 0
        self.begun = True
        paths = "/applications/abc1234"
        server.expect_request(
            f"{paths}/configurationprofiles/ghi9012/hostedconfigurationversions", method="POST"
        ).respond_with_handler(self._keep)
        server.expect_request(
            f"{paths}/environments/def5678/deployments", method="POST"
        ).respond_with_handler(self._deploy)
        server.expect_request("/configurationsessions").respond_with_handler(self._begin)
        server.expect_request("/configuration").respond_with_handler(self._serve)

    def _keep(self, request: Request) -> Response:
        self.versions.append(request.data)
        return Response(status=201, headers={"Version-Number": str(len(self.versions))})

    def _deploy(self, request: Request) -> Response:
        asked = json.loads(request.data)
        assert asked["DeploymentStrategyId"] == "AppConfig.AllAtOnce"
        body = self.versions[int(asked["ConfigurationVersion"]) - 1]
        try:
            handler({"content": base64.b64encode(body).decode()}, None)
        except PolicyError as error:
            headers = {"x-amzn-ErrorType": "BadRequestException"}
            return Response(json.dumps({"Message": str(error)}), 400, headers=headers)
        self.deployed = body
        return Response("{}", 201)

    def _begin(self, request: Request) -> Response:
        del request
        if self.begun or self.deployed:
            return Response('{"InitialConfigurationToken": "once"}', 201)
        nothing = {"x-amzn-ErrorType": "ResourceNotFoundException"}
        return Response('{"Message": "nothing was deployed"}', 404, headers=nothing)

    def _serve(self, request: Request) -> Response:
        del request
        self.late -= 1
        body = EXAMPLE.encode() if self.late >= 0 or self.deployed is None else self.deployed
        return Response(body, headers={"Next-Poll-Configuration-Token": "twice"})


@pytest.fixture
def appconfig(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, aws: AwsSandbox
) -> AppConfig:
    del aws
    for service in ("APPCONFIG", "APPCONFIGDATA"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", httpserver.url_for("/"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    return AppConfig(httpserver)


def test_a_configuration_is_deployed_and_waited_for(push: Push, appconfig: AppConfig) -> None:
    appconfig.late = 5

    code, pushed, _ = push(CONFIGURATION, NEWER, "--yes", "--json")

    assert code == 0
    assert appconfig.deployed == NEWER.encode()
    assert [change["key"] for change in pushed["changes"]] == ["mode"]
    assert pushed["version"].startswith("sha256:")


def test_the_first_configuration_is_deployed_where_there_was_none(
    push: Push, appconfig: AppConfig
) -> None:
    appconfig.begun = False

    code, out, _ = push(CONFIGURATION, EXAMPLE, "--yes")

    assert code == 0
    assert "no good policy is there" in out
    assert appconfig.deployed == EXAMPLE.encode()


def test_what_never_arrives_is_an_error(push: Push, appconfig: AppConfig) -> None:
    appconfig.late = 1000

    code, _, err = push(CONFIGURATION, NEWER, "--yes")

    assert code == 1
    assert "something else is read there" in err


def test_a_validator_that_refuses_is_told_with_its_reason(appconfig: AppConfig) -> None:
    """As where the functions know less than this command."""
    bad = NEWER.replace("version = 1", "version = 2").encode()

    with pytest.raises(PolicyError, match="BadRequestException") as caught:
        pushing.push(Clients({"AWS_REGION": REGION}), CONFIGURATION, bad, None)

    assert "version: found 2" in caught.value.message
    assert appconfig.deployed is None
