from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from lastgood.aws import executions
from lastgood.domain.errors import PolicyError
from lastgood.ports import CloudError, CredentialsError, PublishError
from lastgood.wiring import SettingsError, Wiring, wiring
from lastgood.workflows.world import World
from sandbox.aws.account import POLICY_PARAMETER, AwsSandbox
from sandbox.huawei.wire.faults import Fault
from tests.support.builders import endpoints, policy_text
from tests.support.connected import CANARY, RDS, REDIS, Wire, wired
from tests.support.fakes import FakeClock

SECRET = "lastgood/prod"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def policy_for(wire: Wire, credentials: str = "env:LASTGOOD_PROD") -> str:
    sandbox = wire.sandbox
    return policy_text(
        cloud=endpoints(sandbox.geminidb_url, sandbox.rds_url),
        project=sandbox.project_id,
        credentials=credentials,
    )


@pytest.fixture
def path(tmp_path: Path, wire: Wire) -> Path:
    path = tmp_path / "lastgood.toml"
    path.write_text(policy_for(wire), encoding="utf-8")
    return path


@pytest.fixture
def environment(path: Path) -> dict[str, str]:
    return {
        "LASTGOOD_POLICY": str(path),
        "LASTGOOD_PROD_TOKEN": CANARY,
        "LASTGOOD_ENDPOINTS": "127.0.0.1",
    }


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# Settings


@pytest.mark.parametrize(
    ("setting", "use"),
    [
        ("LASTGOOD_POLICY", lambda world: world.policy()),
        ("LASTGOOD_POLICY", lambda world: world.clouds("prod")),
        ("LASTGOOD_TABLE", lambda world: world.ledger),
        ("LASTGOOD_RECOVER_FUNCTION", lambda world: world.starter),
    ],
    ids=["policy", "clouds", "ledger", "starter"],
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_setting_that_is_missing_is_named(
    setting: str, use: Callable[[World], object], value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    world = Wiring({} if value is None else {setting: value})

    with pytest.raises(SettingsError) as caught:
        use(world)

    assert caught.value.message == f"{setting} is not set"
    assert caught.value.hint


def test_without_a_bus_every_event_is_left_to_be_kept() -> None:
    with pytest.raises(PublishError, match="LASTGOOD_BUS is not set"):
        Wiring({}).publisher.publish("Recovery Refused", {"incident": "incident-1"})


def test_what_needs_no_setting_works_without_any() -> None:
    world: World = Wiring({})

    assert world.metrics is world.metrics
    assert world.now().utcoffset() == timedelta(0)
    assert world.now().tzinfo is UTC


def test_a_setting_counts_from_the_moment_it_is_there(environment: dict[str, str]) -> None:
    late: dict[str, str] = {}
    world = Wiring(late)
    with pytest.raises(SettingsError):
        world.policy()

    late.update(environment)

    assert world.policy().find("orders-cache")


def test_the_wiring_of_a_process_is_made_once_and_reads_its_environment(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring.cache_clear()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert wiring() is wiring()
    assert wiring().policy().find("orders-cache")
    wiring.cache_clear()


# The policy


def test_the_policy_is_kept_for_a_minute(environment: dict[str, str], path: Path) -> None:
    world = Wiring(environment)
    first = world.policy()

    rewrite(path, "orders-cache", "renamed")

    assert world.policy() is first


def test_after_its_minute_a_policy_is_read_again_and_a_broken_one_is_told_and_not_used(
    environment: dict[str, str],
    path: Path,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = Wiring(environment, clock)
    world.policy()

    rewrite(path, "orders-cache", "renamed")
    clock.pass_(MINUTE)
    renamed = world.policy()
    rewrite(path, "version = 1", "version = 2")
    clock.pass_(MINUTE)

    assert renamed.find("renamed")
    assert world.policy() is renamed
    assert json.loads(capsys.readouterr().out)["BrokenPolicies"] == [1]


# Clouds


def test_a_cloud_is_made_once(environment: dict[str, str], wire: Wire) -> None:
    world, before = Wiring(environment), len(wire.clients)

    first = world.clouds("prod")

    assert first.state(REDIS).status == "normal"
    assert world.clouds("prod") is first
    assert len(wire.clients) == before + 2


def test_a_cloud_whose_entry_changed_is_connected_anew(
    environment: dict[str, str], path: Path, wire: Wire, clock: FakeClock
) -> None:
    world = Wiring(environment, clock)
    first = world.clouds("prod")

    environment["LASTGOOD_NEXT_TOKEN"] = wire.sandbox.token = "another"
    rewrite(path, "env:LASTGOOD_PROD", "env:LASTGOOD_NEXT")
    clock.pass_(MINUTE)
    second = world.clouds("prod")

    assert second is not first
    assert second.state(REDIS).status == "normal"
    with pytest.raises(CloudError):
        first.state(REDIS)


def test_a_change_elsewhere_in_the_policy_leaves_the_connection_alone(
    environment: dict[str, str], path: Path, clock: FakeClock
) -> None:
    world = Wiring(environment, clock)
    first = world.clouds("prod")

    rewrite(path, "orders-cache", "renamed")
    clock.pass_(MINUTE)

    assert world.policy().find("renamed")
    assert world.clouds("prod") is first


def test_a_token_that_was_renewed_reaches_a_warm_function(
    environment: dict[str, str], wire: Wire, clock: FakeClock
) -> None:
    world = Wiring(environment, clock)
    world.clouds("prod").state(REDIS)

    environment["LASTGOOD_PROD_TOKEN"] = wire.sandbox.token = "renewed"
    clock.pass_(6 * MINUTE)
    world.clouds("prod").state(REDIS)

    assert [r.headers["x-auth-token"] for r in wire.requests] == [CANARY, "renewed"]


def test_credentials_that_are_read_again_and_are_the_same_change_nothing(
    environment: dict[str, str], clock: FakeClock
) -> None:
    world = Wiring(environment, clock)
    first = world.clouds("prod")

    clock.pass_(6 * MINUTE)

    assert world.clouds("prod") is first


class OneSecond:
    """An invocation that is nearly over."""

    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:lastgood-verify:live"

    def get_remaining_time_in_millis(self) -> int:
        return 1000


@pytest.mark.parametrize(
    ("invoked", "starts"),
    [
        ("function:recover:live", "function:recover:live"),
        ("function:recover:17", "function:recover:live"),
    ],
)
def test_what_the_recover_function_starts_has_one_name_whichever_version_runs(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, invoked: str, starts: str
) -> None:
    environment.pop("LASTGOOD_RECOVER_FUNCTION", None)
    made: list[str] = []
    monkeypatch.setattr(executions, "DurableStarter", lambda _, function: made.append(function))
    world = Wiring(environment | {"AWS_REGION": "eu-west-1"})
    ours = "arn:aws:lambda:eu-west-1:111122223333:"
    invocation = OneSecond()
    invocation.invoked_function_arn = ours + invoked

    world.begin(invocation)
    assert world.starter is None

    assert made == [ours + starts]


def test_a_read_is_not_tried_again_beyond_the_end_of_the_invocation(
    environment: dict[str, str], wire: Wire
) -> None:
    wire.sandbox.faults.always("instances", Fault.refuse(503, "DBS.111111"))
    world = Wiring(environment)
    world.clouds("prod")

    world.begin(OneSecond())
    with pytest.raises(CloudError, match="503"):
        world.clouds("prod").state(REDIS)

    assert len(wire.requests) == 1


def test_a_cloud_that_left_the_policy_is_an_error(
    environment: dict[str, str], path: Path, clock: FakeClock
) -> None:
    world = Wiring(environment, clock)
    world.clouds("prod")

    rewrite(path, "[cloud.prod]", "[cloud.next]")
    rewrite(path, '"prod"', '"next"')
    clock.pass_(MINUTE)

    with pytest.raises(PolicyError, match="prod"):
        world.clouds("prod")


def test_credentials_that_are_missing_are_an_error_until_they_are_there(
    environment: dict[str, str],
) -> None:
    token = environment.pop("LASTGOOD_PROD_TOKEN")
    world = Wiring(environment)
    with pytest.raises(CredentialsError, match="LASTGOOD_PROD_"):
        world.clouds("prod")

    environment["LASTGOOD_PROD_TOKEN"] = token

    assert world.clouds("prod").state(REDIS).status == "normal"


# All of it on AWS


def test_rds_backups_and_the_vault_are_made_on_first_use_and_kept(
    wire: Wire, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with AwsSandbox() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        world: World = Wiring(aws.environment() | environment)

        assert world.rds("prod").project_id == wire.sandbox.project_id
        assert world.rds("prod").database(RDS)
        assert world.rds_restorer("prod") is world.rds("prod")  # the credentials are the same
        assert world.backups("prod").project_id == wire.sandbox.project_id
        assert world.backups("prod").database(REDIS)
        assert world.backups_restorer("prod") is world.backups("prod")
        assert world.vault is world.vault
        assert world.vault.password("lastgood/copies/one") == world.vault.password(
            "lastgood/copies/one"
        )


def test_policy_secret_table_and_bus_are_found_on_aws(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AwsSandbox() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        aws.put_parameter(POLICY_PARAMETER, policy_for(wire, f"secretsmanager:{SECRET}"))
        aws.put_secret(SECRET, json.dumps({"token": CANARY}))
        world = Wiring(aws.environment())

        state = world.clouds("prod").state(REDIS)
        world.publisher.publish("Sweep Completed", {"version": 1})

        assert state.status == "normal"
        assert world.ledger.recovery("nobody") is None
        assert [event["detail-type"] for event in aws.events()] == ["Sweep Completed"]


def test_without_a_bus_what_is_published_is_kept_for_the_functions() -> None:
    with pytest.raises(PublishError, match="LASTGOOD_BUS is not set"):
        Wiring({}).publisher.publish("Recovery Failed", {"incident": "incident-1"})


# What an import costs, and what it may not do


def run(code: str, **environment: str) -> str:
    """Run Python in a process of its own, with this environment and no other."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


IMPORT_ALL = """
import importlib, os, pkgutil

asked = []
read = type(os.environ).__getitem__

def watched(environment, name):
    asked.append(name)
    return read(environment, name)

type(os.environ).__getitem__ = watched

import handlers, lastgood

found = 0
for package in (lastgood, handlers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
        found += 1
print(found, sorted({name for name in asked if name.startswith("LASTGOOD")}))
"""


def test_every_module_can_be_imported_with_no_environment_and_asks_for_none_of_our_settings() -> (
    None
):
    found, _, asked = run(IMPORT_ALL).strip().partition(" ")

    assert int(found) > 30
    assert asked == "[]"


TELL_IMPORTS = """
import importlib, sys
for name in {handlers!r}:
    importlib.import_module(name)
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
NOT_IN_THE_BUNDLE = {
    *("pydantic", "rich", "typer", "click", "requests", "moto", "jinja2", "werkzeug", "sandbox"),
    *("fakeredis", "pytest_httpserver", "pytest", "hypothesis"),
}


def imported_by(*handlers: str) -> set[str]:
    return set(run(TELL_IMPORTS.format(handlers=handlers)).split())


def test_an_alarm_that_starts_nothing_does_not_pay_for_the_http_client() -> None:
    imported = imported_by("handlers.alarm")

    assert not imported & {"httpx", "httpcore", "huawei_pitr", "huawei_rds", "boto3", "attrs"}
    assert not imported & NOT_IN_THE_BUNDLE


def test_no_handler_imports_what_the_bundle_does_not_hold() -> None:
    imported = imported_by("handlers.recover", "handlers.verify")

    assert not imported & NOT_IN_THE_BUNDLE
    assert not imported & {"httpx", "huawei_pitr", "huawei_rds"}
