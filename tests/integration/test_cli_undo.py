"""The way back and its backups on the command line, over the fakes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import msgspec
import pytest

from lastgood.cli import copies, main, recovery_view, screen, undo
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.undo import UndoPoint
from lastgood.workflows.recovery import recover
from tests.support.builders import REDIS, policy_text
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


def restored(rules: str = "") -> FakeWorld:
    """The world after a restore in place, with a backup of what it has overwritten."""
    made = FakeWorld(parse_policy(policy_text(undo="require", redis=rules)))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    made.backups("prod").add(REDIS, "orders-cache")
    recover(incident(), FakeFlow(), made)
    return made


@pytest.fixture
def world() -> FakeWorld:
    return restored()


@pytest.fixture
def lastgood(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    @contextmanager
    def open_world(_: str) -> Iterator[FakeWorld]:
        yield world

    for verb in (copies, undo):
        monkeypatch.setattr(verb, "open_world", open_world)
        monkeypatch.setattr(verb, "author", lambda by, _: f"arn-of-ada ({by})")
        monkeypatch.setattr(verb, "SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Ran:
        code = main(list(arguments))
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


def point(world: FakeWorld) -> UndoPoint:
    (only,) = world.ledger.undo_points()
    return only


def test_the_way_back_is_gone_to_its_end(world: FakeWorld, lastgood: Command) -> None:
    shown = lastgood("undo", "incident-1")
    assert (shown.code, shown.err) == (0, "")
    assert f"what was there is kept in the backup {point(world).name}" in shown.out

    assert lastgood("undo", "incident-1", "--yes").code == 0
    told = json.loads(lastgood("undo", "incident-1", "--json").out)
    assert told["copy"]["stage"] == "ready"
    assert told["steps"][-1] == f"lastgood copies delete {point(world).name}"

    assert lastgood("copies", "delete", point(world).name, "--yes").code == 0
    assert point(world).stage == "gone"


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_backup_is_named_by_its_id_as_well(world: FakeWorld, lastgood: Command, by: str) -> None:
    named = getattr(point(world), by)

    assert lastgood("copies", "keep", named).code == 0
    assert point(world).keep
    assert lastgood("copies", "delete", named, "--yes").code == 0
    assert point(world).stage == "gone"


@pytest.mark.parametrize(
    ("rules", "goes"),
    [
        ("", "by a person only"),
        ('undo_keep = "7d"', "7d after a good end"),
        ('undo_keep = "0s"', "0s after a good end"),
    ],
)
def test_when_a_backup_goes_by_itself_is_told(
    world: FakeWorld, lastgood: Command, rules: str, goes: str
) -> None:
    world.current_policy = restored(rules).current_policy

    told = lastgood("copies").out

    assert goes in told


def shown(recovery: Recovery, world: FakeWorld, capsys: pytest.CaptureFixture[str]) -> str:
    view = recovery_view.view(recovery, world.now() + timedelta(hours=1))
    screen.show(None, view, as_json=False)
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("settled", "kept in the backup"),
        ("refused", "nothing was overwritten; its backup lastgood-incident-1-"),
        ("proposed", "what it overwrites"),
    ],
)
def test_the_status_tells_a_way_back_only_where_something_was_overwritten(
    world: FakeWorld, capsys: pytest.CaptureFixture[str], state: State, told: str
) -> None:
    settled = world.ledger.known("incident-1")

    text = shown(msgspec.structs.replace(settled, state=state), world, capsys)

    assert told in text
    assert ("lastgood undo incident-1" in text) == (state == "settled")
