"""The checkup reads what a recovery would need, and says what it could not see."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood.domain.checkup import Check
from lastgood.domain.confirming import AlarmRecord
from lastgood.domain.errors import LastgoodError, PolicyError
from lastgood.domain.policy import CloudEntry
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.services import Endpoint
from lastgood.ports import CloudError, CredentialsError, Deployed, EndpointSeen, Setting
from lastgood.workflows.checkup import (
    ALARMS,
    DATA,
    JOBS,
    PITR,
    POINTS,
    RESTORE,
    STATE,
    WINDOWS,
    examine,
    judge_deployed,
)
from tests.support.builders import POLICY, RDS, REDIS, at
from tests.support.fakes import FakeCloud, FakeWorld
from tests.support.scenes import world_at_1154

BOTH = POLICY + f'[[instance]]\nid = "{RDS}"\nname = "db"\ncloud = "prod"\nservice = "rds"\n'


@pytest.fixture
def world() -> FakeWorld:
    made = world_at_1154()
    made.cloud.add_window(RDS, at("10:00:00"), at("11:53:00"))
    return made


def health(world: FakeWorld) -> dict[str, str]:
    return {check.check: check.health for check in examine(world)}


def failed(world: FakeWorld) -> list[Check]:
    return [check for check in examine(world) if check.health == "fail"]


def fail(trouble: str = "permission") -> list[CloudError]:
    return [CloudError("no", "grant it", trouble) for _ in range(9)]  # type: ignore[arg-type] # each in turn


def test_every_permission_that_an_answer_showed_is_granted_and_that_of_the_restore_unknown(
    world: FakeWorld,
) -> None:
    found = health(world)

    assert {found[action] for action in (STATE, PITR, POINTS, JOBS)} == {"ok"}
    assert found[RESTORE] == "warn"
    assert found["credentials"] == "ok"


def test_an_instance_gated_by_windows_and_a_database_need_both_endpoints(
    world: FakeWorld,
) -> None:
    gated = BOTH.replace('mode = "auto"', f'mode = "auto"\nrange = "rds:{RDS}"')
    world.current_policy = parse_policy(gated)

    found = health(world)

    assert {"endpoint geminidb", "endpoint rds", WINDOWS} <= found.keys()
    assert POINTS not in found


def test_jobs_are_read_once_for_all_instances(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = REDIS.replace("e738", "0000")
    table = POLICY.partition("[[instance]]")[2].replace(REDIS, other).replace("orders", "carts")
    world.current_policy = parse_policy(POLICY + "[[instance]]" + table)
    world.cloud.add_points(other)
    asked: list[object] = []
    jobs = world.cloud.jobs

    def noting(*span: Any) -> Any:
        asked.append(span)
        return jobs(*span)

    monkeypatch.setattr(world.cloud, "jobs", noting)

    list(examine(world))

    assert len(asked) == 1


def test_a_permission_that_is_missing_is_told_by_its_name(world: FakeWorld) -> None:
    world.cloud.failing["pitr_policy"] = fail()

    (missing,) = failed(world)

    assert (missing.check, missing.told, missing.hint) == (PITR, "no", "grant it")


def test_a_read_that_fails_otherwise_is_told_of_the_instance(world: FakeWorld) -> None:
    world.cloud.failing["state"] = fail("transient")

    (missing,) = failed(world)

    assert (missing.subject, missing.check) == ("orders-cache", "list")


def test_credentials_that_are_rejected_are_told_once_and_nothing_else_of_the_cloud(
    world: FakeWorld,
) -> None:
    rejections = [CredentialsError("rejected", "rotate them") for _ in range(9)]
    world.cloud.failing["state"] = list(rejections)

    found = list(examine(world))

    assert [check.check for check in found if check.health == "fail"] == ["credentials"]
    assert RESTORE not in {check.check for check in found}
    assert len(world.cloud.failing["state"]) == len(rejections) - 1


def test_when_no_answer_shows_it_nothing_is_said_of_the_credentials(world: FakeWorld) -> None:
    for read in ("state", "pitr_policy", "points", "jobs"):
        world.cloud.failing[read] = fail("transient")

    assert health(world)["credentials"] == "warn"


def test_a_cloud_that_cannot_be_connected_to_is_told(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_cloud(name: str) -> Any:
        raise PolicyError(f"no credentials for {name}", "set them")

    monkeypatch.setattr(world, "clouds", no_cloud)

    (missing,) = failed(world)

    assert missing.check == "credentials"


def test_what_lies_behind_an_endpoint_that_does_not_answer_is_not_asked_for(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object) -> EndpointSeen:
        raise CloudError("no route", "look at the network", "unreachable")

    monkeypatch.setattr(world, "probe", dead)

    assert list(health(world)) == ["endpoint geminidb"]


def test_a_clock_that_is_off_is_told(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = EndpointSeen("https://geminidb.example", timedelta(minutes=20))
    monkeypatch.setattr(world, "probe", lambda *_: seen)

    assert health(world)["clock"] != "ok"


def test_the_settings_are_read_and_what_is_missing_is_told_with_what_to_do(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> Deployed:
        raise LastgoodError("there is no such table", "deploy the stack")

    settings = (
        Setting("LASTGOOD_TABLE", unreadable, "set it"),
        Setting("LASTGOOD_BUS", None, "set it"),
        Setting("LASTGOOD_RECOVER_FUNCTION", Deployed, "set it"),
    )
    monkeypatch.setattr(world, "settings", lambda: settings)

    found = {name: state for name, state in health(world).items() if name.startswith("LASTGOOD")}

    assert found == {
        "LASTGOOD_TABLE": "fail",
        "LASTGOOD_BUS": "warn",
        "LASTGOOD_RECOVER_FUNCTION": "ok",
    }


def test_a_cloud_without_instances_is_not_examined(world: FakeWorld) -> None:
    spare = '[cloud.spare]\nregion = "eu-west-101"\nproject_id = "a"\ncredentials = "env:SPARE"\n'
    text = POLICY.replace("[[instance]]", f"{spare}[[instance]]")
    world.current_policy = parse_policy(text)

    assert {check.subject for check in examine(world)} == {"cloud prod", "orders-cache"}


def test_jobs_that_could_not_be_read_for_one_instance_are_read_for_the_next(
    world: FakeWorld,
) -> None:
    other = REDIS.replace("e738", "0000")
    table = POLICY.partition("[[instance]]")[2].replace(REDIS, other).replace("orders", "carts")
    world.current_policy = parse_policy(f"{POLICY}[[instance]]{table}")
    world.cloud.add_points(other)
    world.cloud.failing["jobs"] = [CloudError("no answer", "wait", "transient")]

    assert health(world)[JOBS] == "ok"


def test_of_instances_that_are_only_observed_no_right_to_restore_is_asked_for(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(POLICY.replace('"auto"', '"observe"'))

    assert RESTORE not in health(world)


# Cloud Eye, where it is asked


@pytest.fixture
def confirming(world: FakeWorld) -> FakeWorld:
    asking = POLICY.replace('mode = "auto"', 'mode = "auto"\nconfirm = "cloud-eye"')
    world.current_policy = parse_policy(asking)
    return world


def test_what_confirms_alarms_is_examined_only_where_it_is_asked(
    world: FakeWorld, confirming: FakeWorld
) -> None:
    found = health(confirming)
    world.current_policy = parse_policy(POLICY)

    assert {found[what] for what in ("endpoint ces", ALARMS, DATA)} == {"ok"}
    assert not {"endpoint ces", ALARMS, DATA} & health(world).keys()


def test_a_permission_at_cloud_eye_that_is_missing_is_told_by_its_name(
    confirming: FakeWorld,
) -> None:
    confirming.eye.failing = [CloudError("no", "grant it", "permission")]

    (missing,) = failed(confirming)

    assert (missing.check, missing.hint) == (ALARMS, "grant it")


def test_a_cloud_eye_that_does_not_answer_keeps_nothing_else_from_being_examined(
    confirming: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(_: object, endpoint: str) -> EndpointSeen:
        if endpoint == "ces":
            raise CloudError("no route", "look at the network", "unreachable")
        return EndpointSeen(f"https://{endpoint}.example", timedelta())

    monkeypatch.setattr(confirming, "probe", probe)

    found = health(confirming)

    assert (found["endpoint ces"], found[STATE], ALARMS in found) == ("fail", "ok", False)


def test_cloud_eye_is_asked_once_for_all_instances(confirming: FakeWorld) -> None:
    other = REDIS.replace("e738", "0000")
    text = POLICY.replace('mode = "auto"', 'mode = "auto"\nconfirm = "cloud-eye"')
    table = text.partition("[[instance]]")[2].replace(REDIS, other).replace("orders", "carts")
    confirming.current_policy = parse_policy(f"{text}[[instance]]{table}")
    confirming.cloud.add_points(other)

    health(confirming)

    assert len(confirming.eye.asked) == 1


def test_data_of_cloud_eye_that_cannot_be_read_are_told_of_the_instance(
    confirming: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_data(*_: object) -> Any:
        raise CloudError("no answer", "wait", "transient")

    monkeypatch.setattr(confirming.eye, "datapoints", no_data)

    assert failed(confirming) == [Check("orders-cache", "get", "fail", "no answer", "wait")]


def test_cloud_eye_is_asked_for_a_metric_that_every_instance_has(confirming: FakeWorld) -> None:
    health(confirming)

    ((series, _, _),) = confirming.eye.asked

    assert series.metric == "SYS.NoSQL/redis815_cluster_cpu_usage"
    assert series.dimensions == (("redis_cluster_id", REDIS),)


# Credentials of their own for reading


@pytest.fixture
def apart(world: FakeWorld) -> FakeWorld:
    read = 'credentials_read = "env:LASTGOOD_READ"\n[[instance]]'
    world.current_policy = parse_policy(POLICY.replace("[[instance]]", read))
    world.restoring = FakeCloud(world.now)
    return world


def test_what_is_granted_is_told_of_the_credentials_that_read(apart: FakeWorld) -> None:
    found = {check.check: check for check in examine(apart)}

    assert found["credentials_read"].told == "accepted by the service"
    assert found[PITR].told == "granted to credentials_read"
    assert found[RESTORE].health == "warn"


def test_credentials_that_restore_are_good_although_they_may_not_read(apart: FakeWorld) -> None:
    assert apart.restoring
    apart.restoring.failing["state"] = fail()

    assert health(apart)["credentials"] == "ok"
    assert not failed(apart)


def test_credentials_that_restore_and_are_rejected_fail(apart: FakeWorld) -> None:
    assert apart.restoring
    apart.restoring.failing["state"] = [CredentialsError("rejected", "rotate them")]

    (wrong,) = failed(apart)

    assert (wrong.check, wrong.told, wrong.hint) == ("credentials", "rejected", "rotate them")


def test_credentials_that_restore_and_cannot_be_had_fail(
    apart: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(name: str) -> Any:
        raise PolicyError(f"no credentials for {name}", "set them")

    monkeypatch.setattr(apart, "restorer", none)

    (missing,) = failed(apart)

    assert missing == Check(
        "cloud prod", "credentials", "fail", "no credentials for prod", "set them"
    )


def test_credentials_that_read_and_are_those_that_restore_are_told(apart: FakeWorld) -> None:
    apart.restoring = None

    (same,) = [check for check in examine(apart) if check.check == "credentials"]

    assert (same.health, same.told) == ("warn", "the same: what reads could restore")


def test_credentials_that_restore_are_not_asked_for_where_nothing_is_restored(
    apart: FakeWorld,
) -> None:
    observing = POLICY.replace('"auto"', '"observe"')
    read = 'credentials_read = "env:LASTGOOD_READ"\n[[instance]]'
    apart.current_policy = parse_policy(observing.replace("[[instance]]", read))

    assert "credentials" not in health(apart)


@pytest.mark.parametrize(
    ("rules", "seconds", "health"),
    [
        (("30m", "auto"), 168_218, "ok"),
        (("30m", "auto"), 168_217, "warn"),
        (("30m", "auto"), 27_000, "warn"),
        (("30m", "auto"), 26_999, "fail"),
        (("1h", "propose"), 172_800, "ok"),
        (("40h", "propose"), 172_800, "warn"),
        (("42h", "propose"), 172_800, "fail"),
        (("42h", "observe"), 172_800, "ok"),
    ],
)
def test_an_execution_has_to_outlast_the_wait_for_a_person_and_the_longest_recovery(
    world: FakeWorld,
    monkeypatch: pytest.MonkeyPatch,
    rules: tuple[str, str],
    seconds: int,
    health: str,
) -> None:
    approval, mode = rules
    waits = f'mode = "{mode}"\napproval_timeout = "{approval}"'
    world.current_policy = parse_policy(POLICY.replace('mode = "auto"', waits))
    setting = Setting("recover function", lambda: Deployed(timedelta(seconds=seconds)), "set it")
    monkeypatch.setattr(world, "settings", lambda: (setting,))

    (found,) = [check for check in examine(world) if check.check == "RecoveryTimeout"]

    assert found.health == health
    assert bool(found.hint) == (health != "ok")


def test_a_timeout_that_is_too_short_is_told_with_what_takes_how_long_and_what_to_set(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting("recover function", lambda: Deployed(timedelta(hours=7)), "set it")
    monkeypatch.setattr(world, "settings", lambda: (setting,))

    (short,) = failed(world)

    assert short.told == (
        "RecoveryTimeout is 7h; approval_timeout (30m) and a restore (7h) take 7h30m, and whatever "
        "may hold them up 1d22h43m"
    )
    assert short.hint == (
        "set RecoveryTimeout of the stack to 168218 or more: at most decisions 3h13m30s, waits for "
        "a busy instance 13h30m, the request 8h3m25s, finding out what came of it 43m6s, the "
        "restore 19h45m7s, the validate hook 26m15s, the start of a copy that goes along 32m15s"
    )


HOOK = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"


def hooked(world: FakeWorld, monkeypatch: pytest.MonkeyPatch, allowed: str) -> None:
    """Give the instance a hook, in a stack that may call the allowed ones."""
    rules = f'mode = "auto"\nvalidate = "{HOOK}"'
    world.current_policy = parse_policy(POLICY.replace('mode = "auto"', rules))
    setting = Setting("recover function", lambda: Deployed(hooks=allowed), "set it")
    monkeypatch.setattr(world, "settings", lambda: (setting,))


@pytest.mark.parametrize(
    ("allowed", "health"),
    [
        (HOOK, "ok"),
        (HOOK.replace("orders", "*"), "ok"),
        (HOOK.removesuffix(":live"), "warn"),
        ("", "warn"),
    ],
)
def test_a_hook_that_the_stack_may_not_call_is_told_before_it_is_needed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, allowed: str, health: str
) -> None:
    hooked(world, monkeypatch, allowed)
    world.hooks = {HOOK}

    (found,) = [check for check in examine(world) if check.check == "validate"]

    assert (found.subject, found.health) == ("orders-cache", health)
    assert ("ValidateFunctionArn" in found.hint) == (health == "warn")


def test_a_hook_that_is_not_there_is_told_before_it_is_needed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(world, monkeypatch, HOOK)

    (found,) = [check for check in examine(world) if check.check == "validate"]

    assert (found.subject, found.health) == ("orders-cache", "warn")
    assert (found.told, found.hint) == (f"{HOOK} is not there", "create it")


def test_another_policy_is_judged_by_what_is_deployed_and_by_nothing_else(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(world, monkeypatch, allowed="")
    (setting,) = world.settings()
    unset = Setting("bus", None, "set it")
    monkeypatch.setattr(world, "settings", lambda: (unset, setting))
    another = parse_policy(POLICY)

    hook, *_ = [check for check in judge_deployed(world, world.policy()) if check.hint]

    assert (hook.check, hook.health) == ("validate", "warn")
    assert [check.check for check in judge_deployed(world, another)] == ["recover function"]


def test_a_hook_of_another_policy_is_looked_for_as_well(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(world, monkeypatch, HOOK)
    world.hooks = {HOOK}

    told = [check.told for check in judge_deployed(world, world.policy())]

    assert told == ["ok", "it is there, and the stack may call it"]


# Whole pages


def page(world: FakeWorld) -> str:
    """Every check as a line: whose, what, how it is, what is told and what to do."""
    rows = ((c.subject, c.check, c.health, c.told, c.hint) for c in examine(world))
    return "".join(" / ".join(str(part) for part in row if part != "") + "\n" for row in rows)


def written(name: str) -> str:
    """The page as it should be."""
    return (Path(__file__).parent / "checkups" / f"{name}.txt").read_text(encoding="utf-8")


def settings_of_all_kinds(missing: str = "there is no such table") -> tuple[Setting, ...]:
    def unreadable() -> Deployed:
        raise LastgoodError(missing, "deploy the stack")

    return (
        Setting("table", unreadable, "set LASTGOOD_TABLE"),
        Setting("bus", None, "set LASTGOOD_BUS"),
        Setting("recover function", lambda: Deployed(timedelta(days=3), HOOK), "set it"),
    )


def test_a_whole_page_of_what_is_in_place(
    apart: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = f'mode = "auto"\nconfirm = "cloud-eye"\nvalidate = "{HOOK}"'
    read = 'credentials_read = "env:LASTGOOD_READ"\n[[instance]]'
    text = BOTH.replace('mode = "auto"', rules).replace("[[instance]]", read, 1)
    apart.current_policy = parse_policy(text)
    assert apart.restoring
    apart.restoring.add_points(REDIS)
    skews = {"ces": timedelta(seconds=-70), "geminidb": timedelta(seconds=50), "rds": None}
    asked: list[str] = []

    def probe(entry: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
        asked.append(entry.project_id)
        return EndpointSeen(f"https://{endpoint}.example", skews[endpoint])

    monkeypatch.setattr(apart, "probe", probe)
    monkeypatch.setattr(apart, "settings", settings_of_all_kinds)
    apart.hooks = {HOOK}

    assert page(apart) == written("in-place")
    assert asked == [apart.current_policy.cloud["prod"].project_id] * 3


def test_a_whole_page_of_what_is_refused(apart: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(entry: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
        del entry
        if endpoint == "rds":
            raise CloudError("no route to rds", "look at the network", "unreachable")
        return EndpointSeen(f"https://{endpoint}.example", None)

    text = BOTH.replace("[[instance]]", 'credentials_read = "env:LASTGOOD_READ"\n[[instance]]', 1)
    apart.current_policy = parse_policy(text)
    monkeypatch.setattr(apart, "probe", probe)
    assert apart.restoring
    apart.restoring.failing["state"] = [CloudError("no answer", "wait", "transient")]
    apart.cloud.failing["jobs"] = fail()
    apart.cloud.failing["points"] = fail("transient")

    assert page(apart) == written("refused")


def test_a_whole_page_where_the_credentials_are_the_same(apart: FakeWorld) -> None:
    apart.restoring = None

    assert page(apart) == written("same-credentials")


def test_a_whole_page_of_credentials_that_are_rejected(
    apart: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart.cloud.failing["state"] = [CredentialsError("rejected", "rotate them")]

    assert page(apart) == written("rejected")

    def none(name: str) -> Any:
        raise PolicyError(f"no credentials for {name}", "set them")

    monkeypatch.setattr(apart, "clouds", none)

    assert page(apart) == written("no-credentials")


def test_a_whole_page_of_credentials_that_restore_and_are_rejected(apart: FakeWorld) -> None:
    assert apart.restoring
    apart.restoring.failing["state"] = [CredentialsError("rejected", "rotate them")]

    assert page(apart) == written("restoring-rejected")


def test_a_whole_page_of_an_instance_gated_by_windows(world: FakeWorld) -> None:
    gated = BOTH.replace('mode = "auto"', f'mode = "auto"\nrange = "rds:{RDS}"')
    world.current_policy = parse_policy(gated)

    assert page(world) == written("gated")


def test_only_a_short_stretch_of_each_list_is_read(
    confirming: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: list[tuple[str, Any, Any]] = []
    for name in ("points", "jobs"):
        read = getattr(confirming.cloud, name)

        def noting(*given: Any, name: str = name, read: Any = read) -> Any:
            spans.append((name, *given[-2:]))
            return read(*given)

        monkeypatch.setattr(confirming.cloud, name, noting)
    rules: list[str] = []

    def records(rule: str) -> list[AlarmRecord]:
        rules.append(rule)
        return []

    monkeypatch.setattr(confirming.eye, "records", records)
    since, now = confirming.now() - timedelta(hours=1), confirming.now()

    health(confirming)

    assert spans == [("points", since, now), ("jobs", since, now)]
    assert rules == ["al0000000000000000000000"]
    ((series, *span),) = confirming.eye.asked
    assert (series.period, series.statistic, span) == (300, "average", [since, now])


def test_cloud_eye_is_asked_again_while_one_of_its_two_answers_is_missing(
    confirming: FakeWorld,
) -> None:
    other = REDIS.replace("e738", "0000")
    text = POLICY.replace('mode = "auto"', 'mode = "auto"\nconfirm = "cloud-eye"')
    table = text.partition("[[instance]]")[2].replace(REDIS, other).replace("orders", "carts")
    confirming.current_policy = parse_policy(f"{text}[[instance]]{table}")
    confirming.cloud.add_points(other)
    confirming.eye.failing = [CloudError("no answer", "wait", "transient")]

    found = page(confirming)

    assert "orders-cache / list / fail / no answer / wait" in found
    assert f"cloud prod / {ALARMS} / ok / granted" in found
    assert len(confirming.eye.asked) == 2
