"""What people do from the command line, against everything: ledger, engine, clouds, and bundles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lastgood.aws.executions import LIVING
from lastgood.cli import main
from lastgood.domain import times
from sandbox.aws.account import ACCOUNT, RECOVER_FUNCTION
from sandbox.stage import Stage
from sandbox.story import Story
from tests.support.bundle import BundledStage
from tests.support.incidents import execution_of, policy_with

NAMES = (
    *("approve-me", "kill-me", "expire-me", "reject-me", "halt-me", "drain-me", "look-at-me"),
    "forge-me",
)


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    """A stage whose instances wait for a person, ready to be restored."""
    extra = 'cloud = "prod"\nmode = "propose"'
    instances = dict.fromkeys(NAMES, extra)
    instances["expire-me"] += '\napproval_timeout = "5s"'
    with BundledStage(bundles, policy_with(instances)) as stage:
        text = stage.policy_text()
        for name in NAMES:
            identity = text.partition(f'name = "{name}"')[0].rpartition('id = "')[2][:36]
            added = stage.huawei.add_redis(identity, name)
            added.restores, added.backups = stage.cache.restores, stage.cache.backups
        Story(stage).write()
        yield stage


@pytest.fixture
def lastgood(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    environment = stage.aws.environment() | stage.functions.environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Ran:
        code = main(list(arguments))
        said = capfd.readouterr()
        assert stage.key["secret_key"] not in said.out + said.err
        return Ran(code, said.out, said.err)

    return run


def propose(lastgood: Command, name: str) -> dict[str, Any]:
    """Ask for a recovery and wait until it is proposed."""
    recovery = ask(lastgood, name)
    assert recovery["state"] == "proposed"
    return recovery


def ask(lastgood: Command, name: str) -> dict[str, Any]:
    """Ask for a recovery and wait until a person has to answer, or it has ended."""
    before = times.print_rfc3339(datetime.now(UTC) - timedelta(minutes=6))
    ran = lastgood("recover", "--instance", name, "--before", before, "--wait", "--json")
    assert ran.out, ran.err
    (recovery,) = ran.json
    found: dict[str, Any] = recovery
    return found


def test_a_proposal_is_approved_by_its_hash_carried_out_and_replayed(
    stage: Stage, lastgood: Command
) -> None:
    proposal = propose(lastgood, "approve-me")
    incident, plan_hash = proposal["incident"], proposal["plan"]["hash"]

    wrong = lastgood("approve", incident, "--plan", "0" * 64)
    approved = lastgood("approve", incident, "--plan", plan_hash, "--by", "ada")
    again = lastgood("approve", incident, "--plan", plan_hash)
    stage.functions.wait_for(execution_of(incident))

    assert wrong.code == 1
    assert again.code in {0, 1}  # it wakes once more, or comes after the end
    assert "proposes another plan" in wrong.err
    assert approved.code == 0
    status = lastgood("status", incident, "--json").json
    assert status["state"] == "settled"
    assert status["approval"]["by"] == f"{ACCOUNT}:user/moto (ada)"
    assert lastgood("replay", incident).code == 0
    replayed = lastgood("replay", incident, "--json").json
    assert [one["same"] for one in replayed] == [True, True]
    sent = [put for put in stage.huawei.requests_to("restore") if proposal["instance"] in put.path]
    assert len(sent) == 1


def test_an_answer_is_taken_up_although_the_process_that_proposed_was_killed(
    stage: Stage, lastgood: Command
) -> None:
    proposal = propose(lastgood, "kill-me")
    killed = {ran.result.pid for ran in stage.functions.invocations(RECOVER_FUNCTION)}
    stage.functions.kill(RECOVER_FUNCTION)

    lastgood("approve", proposal["incident"], "--plan", proposal["plan"]["hash"])
    stage.functions.wait_for(execution_of(proposal["incident"]))

    assert stage.functions.invocations(RECOVER_FUNCTION)[-1].result.pid not in killed
    assert lastgood("status", proposal["incident"], "--json").json["state"] == "settled"
    sent = [put for put in stage.huawei.requests_to("restore") if proposal["instance"] in put.path]
    assert len(sent) == 1


def test_a_proposal_that_nobody_answers_expires(stage: Stage, lastgood: Command) -> None:
    proposal = ask(lastgood, "expire-me")

    stage.functions.wait_for(execution_of(proposal["incident"]))

    status = lastgood("status", proposal["incident"], "--json").json
    assert status["state"] == "expired"
    assert status["plan"]["hash"] == proposal["plan"]["hash"]
    assert not [
        put for put in stage.huawei.requests_to("restore") if proposal["instance"] in put.path
    ]


def test_a_rejection_ends_the_incident(stage: Stage, lastgood: Command) -> None:
    incident = propose(lastgood, "reject-me")["incident"]

    rejected = lastgood(
        "reject", incident, "--reason", "we deleted those on purpose", "--by", "ada"
    )
    stage.functions.wait_for(execution_of(incident))

    assert rejected.code == 0
    status = lastgood("status", incident, "--json").json
    assert (status["state"], status["code"]) == ("rejected", "rejected")
    assert "on purpose" in status["reason"]


def test_while_the_fleet_is_halted_an_approved_plan_is_refused(
    stage: Stage, lastgood: Command
) -> None:
    proposal = propose(lastgood, "halt-me")

    assert lastgood("halt", "--reason", "maintenance", "--by", "ada").code == 0
    lastgood("approve", proposal["incident"], "--plan", proposal["plan"]["hash"])
    stage.functions.wait_for(execution_of(proposal["incident"]))
    shown = lastgood("status")
    assert lastgood("resume", "--by", "ada").code == 0

    status = lastgood("status", proposal["incident"], "--json").json
    assert (status["state"], status["code"]) == ("refused", "halted")
    assert f"HALTED by {ACCOUNT}:user/moto (ada)" in shown.out
    fleet = next(e for e in lastgood("history", "--json").json if e["chain"] == "fleet")
    assert [entry["kind"] for entry in fleet["entries"]][-2:] == ["halted", "resumed"]


def test_before_an_incompatible_change_what_runs_is_seen_and_ends(
    stage: Stage, lastgood: Command
) -> None:
    """The step "drain" of docs/how-to/deploy.md."""
    incident = propose(lastgood, "drain-me")["incident"]
    assert lastgood("halt", "--reason", "upgrade", "--by", "ada").code == 0

    before = living(stage)
    assert lastgood("reject", incident, "--reason", "upgrade", "--by", "ada").code == 0
    stage.functions.wait_for(execution_of(incident))
    after = living(stage)

    assert lastgood("resume", "--by", "ada").code == 0
    assert execution_of(incident) in before
    assert execution_of(incident) not in after
    status = lastgood("status", incident, "--json").json
    assert status["state"] == "rejected"


def living(stage: Stage) -> set[str]:
    """The names that the page's `executions RecoverFunctionArn` lists."""
    found = stage.functions.executions(RECOVER_FUNCTION)
    return {execution.name for execution in found if execution.status in LIVING}


def test_status_shows_what_waits_for_a_person(lastgood: Command) -> None:
    incident = propose(lastgood, "look-at-me")["incident"]

    overview = lastgood("status", "--json").json
    shown = lastgood("status")

    waiting = [r["incident"] for s in overview["instances"] for r in s["recoveries"]]
    assert incident in waiting
    assert incident in shown.out
    assert lastgood("status", "look-at-me").code == 0


def test_a_forged_journal_is_found_out(stage: Stage, lastgood: Command) -> None:
    incident = propose(lastgood, "forge-me")
    chain = incident["instance"]
    assert lastgood("history", "forge-me", "--check").code == 0

    table = stage.aws.client("dynamodb")
    key = {"pk": {"S": f"journal#{chain}"}, "sk": {"S": f"{2:012d}"}}
    item = table.get_item(TableName="lastgood", Key=key)["Item"]
    item["body"]["B"] = item["body"]["B"].replace(b'"decided"', b'"refused"')
    table.put_item(TableName="lastgood", Item=item)
    checked = lastgood("history", "forge-me", "--check")

    assert checked.code == 3
    assert "entry 2 (refused) was altered" in checked.out


@pytest.mark.parametrize("verb", ["status", "replay"])
def test_an_incident_that_nobody_knows_is_an_error_with_a_hint(
    lastgood: Command, verb: str
) -> None:
    ran = lastgood(verb, "20200101T000000000Z-0000000000000000")

    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert "Try: " in ran.err
