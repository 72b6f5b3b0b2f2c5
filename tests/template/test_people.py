"""The managed policies for people beside the calls that the verbs really make."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from lastgood.domain import times
from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.aws.lambda_service import Function
from sandbox.stage import ALARM_FUNCTION, DATABASE, WITH_DRILLS, Stage
from tests.docs.pages import codes, rows, section
from tests.support.incidents import ALARM, Alarmed, Incidents, ledger_of, policy_with
from tests.template import recorder
from tests.template.run import HOOK, ROOT, Call, read_calls
from tests.template.stack import Stack, created
from tests.template.test_roles import HOOK_ARN, listed, needed

PAGE = "docs/reference/permissions.md"
POLICIES = ("ReadersPolicy", "OperatorsPolicy")
RUN = "import sys; from lastgood.cli import main; sys.exit(main(sys.argv[1:]))"
INSTANCES = ("approved", "rejected", "dismissed", "released")
HOOKED = f'cloud = "prod"\nvalidate = "{HOOK_ARN}"'


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with created(ValidateFunctionArn=HOOK_ARN) as stack:
        yield stack


class HookedStage(Stage):
    """A stage whose recover function may call a hook that is there."""

    def _functions(self) -> dict[str, Function]:
        functions = super()._functions()
        recover = functions[RECOVER_FUNCTION]
        settings = {**recover.environment, "LASTGOOD_HOOKS": HOOK_ARN}
        hook = {
            HOOK: functions[ALARM_FUNCTION],
            RECOVER_FUNCTION: replace(recover, environment=settings),
        }
        return functions | hook


class Person:
    """Somebody at a terminal with the settings of the stack, whose calls are written down."""

    def __init__(self, stage: Stage, watch: Path) -> None:
        shutil.copy(recorder.__file__, watch / "sitecustomize.py")
        self._watch = watch
        self._environment = {
            **os.environ,
            **stage.aws.environment(),
            **stage.functions.environment(),
            "PYTHONPATH": os.pathsep.join((str(watch), str(ROOT))),
            "MINE_ACCESS_KEY": stage.key["access_key"],
            "MINE_SECRET_KEY": stage.key["secret_key"],
        }

    def does(self, verb: str, *arguments: str) -> None:
        """Run a verb, which must end well."""
        called = {"AWS_LAMBDA_FUNCTION_NAME": verb}  # by which the recorder tells the calls apart
        command = [sys.executable, "-c", RUN, *verb.split(), *arguments]
        ran = subprocess.run(  # noqa: S603 - our own
            command, env=self._environment | called, capture_output=True, text=True, check=False
        )
        assert ran.returncode in {0, 3}, ran.stderr

    @property
    def calls(self) -> list[Call]:
        """All calls to AWS so far; `function` is the verb."""
        return read_calls(self._watch / recorder.CALLS)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """The calls of every verb that the page lists."""
    instances = dict.fromkeys(INSTANCES, 'cloud = "prod"') | {"rejected": HOOKED}
    with HookedStage(policy=policy_with(instances, WITH_DRILLS)) as stage:
        incidents = Incidents(stage, INSTANCES)
        person = Person(stage, tmp_path_factory.mktemp("watch"))
        mine = tmp_path_factory.mktemp("mine") / "lastgood.toml"
        mine.write_text(stage.policy_text("env:MINE"), encoding="utf-8")
        proposals = {
            name: propose(person, stage, incidents[name].instance.id) for name in INSTANCES
        }
        person.does("approve", proposals["approved"][0], "--plan", proposals["approved"][1])
        person.does("reject", proposals["rejected"][0], "--reason", "no")
        person.does("dismiss", proposals["dismissed"][0], "--reason", "no")
        agree_without_waking(stage, proposals["released"][0])
        person.does("release", proposals["released"][0], "--reason", "dead")
        person.does("halt", "--reason", "wait")
        person.does("resume")
        person.does("status")
        person.does("history")
        person.does("replay", proposals["approved"][0])
        copy = copied(stage)
        person.does("copies", "--policy", str(mine))
        person.does("copies keep", copy, "--policy", str(mine))
        person.does("copies delete", copy, "--yes", "--policy", str(mine))
        person.does("drill", DATABASE, "--wait", "--policy", str(mine))
        person.does("policy diff", str(mine))
        person.does("doctor", "--policy", str(mine))
        return person.calls


def propose(person: Person, stage: Stage, instance: str) -> tuple[str, str]:
    before = times.print_rfc3339(datetime.now(UTC) - timedelta(minutes=6))
    person.does("recover", "--instance", instance, "--before", before, "--wait")
    (found,) = ledger_of(stage).standing(instance)
    assert found.plan is not None
    return found.incident, found.plan.hash


def copied(stage: Stage) -> str:
    """The name of a copy that a recovery made."""
    database = Alarmed(stage, stage.database, datetime.now(UTC) - ALARM)
    return str(database.recover()["copy"]["name"])


def agree_without_waking(stage: Stage, incident: str) -> None:
    """What is left of an approval whose execution died before it carried it out."""
    ledger = ledger_of(stage)
    found = ledger.known(incident)
    assert found.plan is not None
    ledger.approve(found, found.plan, "somebody", datetime.now(UTC))


def allowed(stack: Stack, policy: str) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for statement in stack.properties(policy)["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def asked(call: Call, stack: Stack) -> set[tuple[str, str]]:
    """What a call needs: an action on a resource."""
    if call.operation == "GetCallerIdentity":
        return set()  # AWS tells it to whoever has credentials
    if call.operation == "ListDurableExecutionsByFunction":
        return {
            (f"lambda:{call.operation}", resource)
            for resource in (stack.arn("RecoverFunction"), stack.live("RecoverFunction"))
        }
    return {(need.action, need.resource) for need in needed(call, stack)}


def covers(given: tuple[str, str], need: tuple[str, str]) -> bool:
    return given[0] == need[0] and fnmatchcase(need[1], given[1])


def covered() -> dict[str, list[str]]:
    """The verbs that the page lists for each policy."""
    return {
        codes(policy)[0].removesuffix("Arn"): codes(verbs)
        for policy, verbs in rows(section(PAGE, "## People, on AWS"))
    }


def test_the_page_lists_every_verb_that_calls_aws_in_one_policy(calls: list[Call]) -> None:
    verbs = [verb for each in covered().values() for verb in each]

    assert set(covered()) == set(POLICIES)
    assert sorted(verbs) == sorted({call.function for call in calls})


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_allows_every_call_of_the_verbs_that_it_covers(
    stack: Stack, calls: list[Call], policy: str
) -> None:
    given = allowed(stack, "ReadersPolicy") | allowed(stack, policy)
    verbs = covered()[policy]

    made = {need for call in calls if call.function in verbs for need in asked(call, stack)}

    assert made
    assert {need for need in made if not any(covers(one, need) for one in given)} == set()


def test_the_policies_allow_nothing_that_no_verb_does(stack: Stack, calls: list[Call]) -> None:
    given = allowed(stack, "ReadersPolicy") | allowed(stack, "OperatorsPolicy")
    made = {need for call in calls for need in asked(call, stack)}

    assert {one for one in given if not any(covers(one, need) for need in made)} == set()


def test_readers_change_nothing_and_nobody_gets_the_credentials_of_the_cloud(
    stack: Stack,
) -> None:
    reading = {action.partition(":")[2] for action, _ in allowed(stack, "ReadersPolicy")}
    anybody = {action for policy in POLICIES for action, _ in allowed(stack, policy)}

    assert all(action.startswith(("Get", "BatchGet", "Describe", "Query")) for action in reading)
    assert "secretsmanager:GetSecretValue" not in anybody
