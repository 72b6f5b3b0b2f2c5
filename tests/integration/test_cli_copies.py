"""`lastgood copies` over the fakes: what people see, what they may say, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import typer

from lastgood.cli import copies, main, plan_view, recovery_view, screen
from lastgood.domain.restore import Deletion
from lastgood.ports import CloudError
from lastgood.workflows.deciding import Decided, consider
from tests.support.builders import RDS, at
from tests.support.copies import COPY, bad_rows, copied, recovered, world_by_copy
from tests.support.fakes import FakeWorld
from tests.unit.test_orphans import LOST, lose
from tests.unit.test_orphans import NAME as LOST_NAME

NAME = "lastgood-drill-1-0123abcd"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def world() -> FakeWorld:
    return world_by_copy()


@pytest.fixture
def lastgood(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    @contextmanager
    def open_world(_: str) -> Iterator[FakeWorld]:
        yield world

    monkeypatch.setattr(copies, "open_world", open_world)
    monkeypatch.setattr(copies, "author", lambda by, _: f"arn-of-ada ({by})")
    monkeypatch.setattr(copies, "SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str) -> Ran:
        code = main(["copies", *arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


def journal(world: FakeWorld) -> list[tuple[str, Any]]:
    return [(entry.kind, entry.detail) for entry in world.ledger.entries(RDS)]


# What there is


def test_it_says_what_there_is_whose_it_is_and_what_it_costs(
    world: FakeWorld, lastgood: Command
) -> None:
    copied(world)
    world.now.time = at("11:00:00")

    ran = lastgood()

    assert (ran.code, ran.err) == (0, "")
    assert [line.strip() for line in ran.out.splitlines()] == [
        NAME,
        f"id     {COPY}",
        "of     orders-db as of 2026-02-17T08:30:00Z",
        "for    drill drill-1",
        "now    made; ACTIVE",
        "at     192.168.0.30, port 3306",
        f"secret lastgood/copies/{NAME}",
        "age    2h",
        "cost   1.00 so far, 0.5 an hour",
        "goes   when its drill ends, or in 10h",
    ]


def test_what_a_recovery_made_goes_by_a_person_only_and_fits_the_terminal(
    world: FakeWorld, lastgood: Command
) -> None:
    recovered(world, "20260217T115308431Z-22df7f37944f8156")
    copied(world)

    ran = lastgood()

    assert "goes   by a person only" in ran.out
    assert ran.out.count("\n\n") == 1
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_copy_that_cannot_be_read_is_listed_with_why(world: FakeWorld, lastgood: Command) -> None:
    copied(world)
    world.rdses["prod"].failing["database"] = [CloudError("no answer of the service", "wait")]

    assert "now    made; no answer of the service" in lastgood().out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": None, "stage": "ordered"}, "ordered; no id is known: it may never have been made"),
        ({"stage": "deleting"}, "deleting; the list of instances does not have it"),
    ],
)
def test_a_copy_that_is_not_there_is_listed_as_such(
    world: FakeWorld, lastgood: Command, changes: dict[str, Any], told: str
) -> None:
    copied(world, **changes)
    world.rdses["prod"].databases.clear()

    assert told in lastgood().out


def test_what_is_gone_is_not_listed(world: FakeWorld, lastgood: Command) -> None:
    copied(world, stage="gone")
    world.rdses["prod"].databases.clear()

    assert lastgood().out == "no copies\n"
    assert lastgood("--json").out == "[]\n"


def test_scripts_read_the_same(world: FakeWorld, lastgood: Command) -> None:
    copied(world)

    (one,) = json.loads(lastgood("--json").out)

    assert one["name"] == NAME
    assert (one["id"], one["instance"], one["instance_name"]) == (COPY, RDS, "orders-db")
    assert (one["stage"], one["status"], one["trouble"]) == ("made", "ACTIVE", None)
    assert (one["cost"], one["price_per_hour"], one["needs_a_person"]) == (1.45, 0.5, False)


def test_what_the_ledger_does_not_know_is_listed_as_such(
    world: FakeWorld, lastgood: Command
) -> None:
    lose(world)

    ran = lastgood()

    assert (ran.code, ran.err) == (0, "")
    assert [line.strip() for line in ran.out.splitlines()] == [
        LOST_NAME,
        f"id   {LOST}",
        "made 2026-02-17T07:00:00Z",
        "now  unknown to the ledger, whose tag it has in prod",
        "goes by a person in the console only",
    ]
    assert json.loads(lastgood("--json").out) == [
        {
            "name": LOST_NAME,
            "id": LOST,
            "cloud": "prod",
            "created": "2026-02-17T07:00:00Z",
            "known": False,
        }
    ]


def test_of_one_that_does_not_tell_when_it_was_made_that_is_said(
    world: FakeWorld, lastgood: Command
) -> None:
    lose(world, created=None)

    assert "made not told" in lastgood().out


def test_that_nobody_could_look_for_the_unknown_is_said_beside_the_known(
    world: FakeWorld, lastgood: Command
) -> None:
    copied(world)
    world.rdses["prod"].failing["tagged"] = [CloudError("no answer of the service", "wait")]

    ran = lastgood()

    assert NAME in ran.out
    assert " ".join(ran.err.split()) == (
        "prod: what the ledger has no record of could not be looked for: no answer of the service"
    )


# What people say


@pytest.mark.parametrize("verb", [("keep",), ("delete",), ("delete", "--yes")])
@pytest.mark.parametrize("text", [LOST, LOST_NAME])
def test_what_the_ledger_does_not_know_is_neither_kept_nor_deleted(
    world: FakeWorld, lastgood: Command, verb: tuple[str, ...], text: str
) -> None:
    copied(world)
    lose(world)

    ran = lastgood(*verb, text)

    assert ran.code == 1
    assert ran.err == (
        f"error: {LOST} ({LOST_NAME}) has the tag of this ledger, which has no record of it: "
        "lastgood neither keeps nor deletes what it does not know\n"
        "Try: open the instance in the console, and delete it there if it is to go\n"
    )
    assert world.rdses["prod"].deleted == []


@pytest.mark.parametrize("text", [NAME, COPY])
def test_what_is_recorded_as_gone_and_is_there_is_not_said_to_be_gone(
    world: FakeWorld, lastgood: Command, text: str
) -> None:
    copied(world, stage="gone")

    ran = lastgood("delete", text, "--yes")

    assert ran.code == 1
    assert f"{COPY} ({NAME}) has the tag of this ledger" in ran.err
    assert world.rdses["prod"].deleted == []


@pytest.mark.parametrize("text", [NAME, COPY, "lastgood-drill", "000000"])
def test_a_copy_is_named_by_its_name_its_id_or_a_beginning(
    world: FakeWorld, lastgood: Command, text: str
) -> None:
    copied(world)

    ran = lastgood("keep", text, "--by", "night shift")

    assert ran.code == 0
    assert ran.out == f"only a person deletes {NAME} from now on\n"
    assert journal(world) == [("copy-kept", [NAME, "arn-of-ada (night shift)"])]


@pytest.mark.parametrize("text", ["nothing", ""])
@pytest.mark.parametrize("verb", ["keep", "delete"])
def test_a_copy_that_is_not_there_cannot_be_meant(
    world: FakeWorld, lastgood: Command, verb: str, text: str
) -> None:
    copied(world)

    ran = lastgood(verb, text)

    assert ran.code == 1
    assert ran.err == f"error: there is no copy {text!r}\nTry: run lastgood copies\n"


def test_a_beginning_of_two_means_neither(world: FakeWorld, lastgood: Command) -> None:
    copied(world, id=None, name="lastgood-drill-2-0123abcd", owner="drill-2")
    copied(world)

    ran = lastgood("keep", "lastgood-drill")

    assert ran.code == 1
    assert ran.err.startswith("error: several copies begin with 'lastgood-drill': ")
    assert journal(world) == []


@pytest.mark.parametrize("text", ["", "lastgood-", NAME[:-1]])
def test_where_nobody_is_asked_no_beginning_is_enough_to_delete_a_copy(
    world: FakeWorld, lastgood: Command, text: str
) -> None:
    copied(world)

    ran = lastgood("delete", text, "--yes")

    assert ran.code == 1
    assert ran.err == (
        f"error: {text!r} is no whole name or id of a copy, which --yes needs\n"
        "Try: run lastgood copies\n"
    )
    assert world.rdses["prod"].deleted == []


def test_where_nobody_is_asked_the_id_of_a_copy_is_enough(
    world: FakeWorld, lastgood: Command
) -> None:
    copied(world)

    assert lastgood("delete", COPY, "--yes").code == 0
    assert world.rdses["prod"].deleted == [COPY]


@pytest.mark.parametrize("stage", ["gone", "deleting"])
def test_what_is_gone_or_about_to_cannot_be_kept(
    world: FakeWorld, lastgood: Command, stage: str
) -> None:
    copied(world, stage=stage)
    world.rdses["prod"].databases.clear()

    ran = lastgood("keep", NAME)

    assert ran.code == 1
    assert ran.err.startswith(f"error: {NAME} is {stage}")


def test_a_person_deletes_what_a_recovery_made_and_sees_it_go(
    world: FakeWorld, lastgood: Command
) -> None:
    recovery = recovered(world)
    assert recovery.copy is not None
    name = recovery.copy.name

    ran = lastgood("delete", name, "--yes", "--by", "done with it")

    assert (ran.code, ran.out) == (0, f"{name} is gone, and its password\n")
    assert world.rdses["prod"].deleted == [recovery.copy.id]
    assert ("copy-deleting", [name, "arn-of-ada (done with it)"]) in journal(world)
    assert world.publisher.kinds[-1] == "Copy Deleted"


def test_nothing_is_deleted_unless_a_person_says_yes(world: FakeWorld, lastgood: Command) -> None:
    copied(world)

    ran = lastgood("delete", NAME)

    assert ran.code == 1
    assert ran.err == f"error: nothing was deleted\nTry: lastgood copies delete {NAME} --yes\n"
    assert world.rdses["prod"].deleted == []


@pytest.mark.parametrize(("answer", "deleted"), [("y", [COPY]), ("n", [])])
def test_a_person_at_a_terminal_is_shown_what_would_go_and_asked(
    world: FakeWorld,
    lastgood: Command,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    deleted: list[str],
) -> None:
    copied(world)
    asked: list[str] = []

    def confirm(question: str, *, err: bool) -> bool:
        assert err
        asked.append(question)
        return answer == "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(typer, "confirm", confirm)

    ran = lastgood("delete", NAME)

    assert asked == ["Delete it? It cannot be had back."]
    assert "orders-db as of 2026-02-17T08:30:00Z" in ran.err
    assert world.rdses["prod"].deleted == deleted


@pytest.mark.parametrize(
    ("fate", "hint"),
    [
        ("busy", "wait until it is idle, then run lastgood copies"),
        ("refused", "run lastgood copies"),
    ],
)
def test_a_request_that_is_not_taken_says_what_to_do(
    world: FakeWorld, lastgood: Command, fate: Any, hint: str
) -> None:
    copied(world)
    world.rdses["prod"].deletions = [Deletion(fate, "409: a backup is being made")]

    ran = lastgood("delete", NAME, "--yes")

    message, advice = ran.err.splitlines()
    said = f"the service did not delete {NAME} ({fate}): 409: a backup is being made"
    assert (ran.code, message) == (1, f"error: {said}")
    assert advice.startswith(f"Try: {hint} delete {NAME} again")


def test_a_copy_that_does_not_go_is_not_told_as_gone(
    world: FakeWorld, lastgood: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(world)
    monkeypatch.setattr(copies, "LOOKS", 3)
    world.rdses["prod"].deletions = [Deletion("unknown", "the answer was lost")]

    ran = lastgood("delete", NAME, "--yes")

    assert ran.code == 1
    assert f"error: {NAME} is still in the list of instances\n" in ran.err


# Where a plan is by copy


def shown(parts: Any, capsys: pytest.CaptureFixture[str]) -> str:
    screen.show(None, parts, as_json=False)
    return " ".join(capsys.readouterr().out.split())


def test_a_plan_by_copy_says_that_nothing_is_overwritten(
    world: FakeWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    decided = consider(bad_rows(), world)
    assert isinstance(decided, Decided)

    told = shown(plan_view.view([decided], world.policy(), world.now()), capsys)

    assert told.startswith("Plan: copy orders-db as of 2026-02-17T11:45:59Z, 8m1s ago")
    assert "lacks every write of the last 8m1s; nothing is overwritten" in told
    assert "lost" not in told
    assert "they carry it out" in told


def test_the_status_of_a_recovery_by_copy_names_the_copy(
    world: FakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    recovery = recovered(world)
    assert recovery.copy is not None

    told = shown(recovery_view.view(recovery, world.now() + timedelta(hours=1)), capsys)

    assert "lacks every write of 8m1s, when it was planned" in told
    assert f"copy {recovery.copy.name} ({recovery.copy.id}): see lastgood copies" in told
    assert "loss" not in told
