from __future__ import annotations

import json
from pathlib import Path

import pytest

from lastgood.cli import main
from lastgood.domain.policy_diff import Change, changes
from lastgood.domain.policy_file import parse_policy
from tests.support.builders import EXAMPLE, RDS, REDIS

OTHER_ID = "0" * 32 + "in12"
NEW = f"""
[[instance]]
id = "{OTHER_ID}"
name = "payments-cache"
cloud = "prod"
service = "geminidb-redis"
"""


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "deployed.toml"
    path.write_text(EXAMPLE, "utf-8")
    monkeypatch.setenv("LASTGOOD_POLICY", str(path))
    return path


def diff(directory: Path, text: str, *options: str) -> int:
    path = directory / "lastgood.toml"
    path.write_text(text, "utf-8")
    return main(["policy", "diff", str(path), *options])


def between(old: str, new: str) -> list[Change]:
    return changes(parse_policy(old), parse_policy(new))


def test_an_instance_that_comes_in_one_policy_goes_in_the_other() -> None:
    place = {"place": f"instance {OTHER_ID}", "name": "payments-cache"}

    assert between(EXAMPLE, EXAMPLE + NEW) == [Change(what="added", **place)]
    assert between(EXAMPLE + NEW, EXAMPLE) == [Change(what="removed", **place)]


def test_a_changed_mode_stands_before_what_else_changes() -> None:
    new = EXAMPLE.replace("max_per_day = 3", "max_per_day = 4")
    new = new.replace('service = "rds"', 'service = "rds"\nmode = "observe"')

    assert new.count("max_per_day = 4") == 1
    assert between(EXAMPLE, new) == [
        Change(
            place=f"instance {RDS}",
            name="orders-db",
            what="changed",
            key="mode",
            before="propose",
            after="observe",
        ),
        Change(place="fleet", name=None, what="changed", key="max_per_day", before=3, after=4),
    ]


def test_a_promise_that_is_dropped_and_a_cloud_that_is_moved_are_named() -> None:
    new = EXAMPLE.replace(', max_gap = "30m"', "").replace("ap-southeast-1", "ap-southeast-3")

    told = [(one.place, one.key, one.before, one.after) for one in between(EXAMPLE, new)]

    assert told == [
        ("cloud.prod", "region", "ap-southeast-1", "ap-southeast-3"),
        (f"instance {REDIS}", "objective.max_gap", "30m", None),
    ]


def test_credentials_of_their_own_for_reading_are_named() -> None:
    read = '\ncredentials_read = "secretsmanager:lastgood/read/prod"'
    new = EXAMPLE.replace('"secretsmanager:lastgood/prod"', f'"secretsmanager:lastgood/prod"{read}')

    told = [(one.place, one.key, one.before, one.after) for one in between(EXAMPLE, new)]

    assert told == [("cloud.prod", "credentials_read", None, "secretsmanager:lastgood/read/prod")]


def test_a_default_counts_in_each_instance_that_does_not_override_it() -> None:
    new = EXAMPLE.replace('cooldown         = "24h"', 'cooldown = "25h"')

    assert new != EXAMPLE
    assert [(one.name, one.key) for one in between(EXAMPLE, new)] == [
        ("orders-cache", "cooldown"),
        ("orders-db", "cooldown"),
    ]


def test_another_order_or_spelling_changes_nothing() -> None:
    assert not between(EXAMPLE, EXAMPLE.replace('"40m"', '"2400s"'))


def test_a_script_reads_every_change(deployed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(deployed.parent, EXAMPLE + NEW, "--json") == 3

    assert json.loads(capsys.readouterr().out) == [
        {
            "place": f"instance {OTHER_ID}",
            "name": "payments-cache",
            "what": "added",
            "key": None,
            "before": None,
            "after": None,
        }
    ]


def test_a_person_reads_what_comes_and_what_a_key_turns_into(
    deployed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = EXAMPLE.replace(', max_gap = "30m"', "") + NEW

    assert diff(deployed.parent, new) == 3

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["payments-cache", "added"],
        ["orders-cache", "objective.max_gap", '"30m"', "→", "nothing"],
    ]


def test_the_same_policy_changes_nothing(
    deployed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(deployed.parent, EXAMPLE) == 0
    assert capsys.readouterr().out == "nothing changes\n"


def test_without_a_policy_that_is_deployed_or_with_a_broken_one_there_is_no_answer(
    deployed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(deployed.parent, "version = 2") == 1
    told = capsys.readouterr().err
    assert "lastgood.toml cannot be compared: policy, version" in told
    assert f"Try: lastgood policy check {deployed.parent / 'lastgood.toml'}" in told
    assert main(["policy", "diff", "none.toml"]) == 1
    assert "Try: lastgood policy diff FILE" in capsys.readouterr().err
    deployed.write_text("version = 2", "utf-8")
    assert diff(deployed.parent, EXAMPLE) == 1
    monkeypatch.delenv("LASTGOOD_POLICY")
    assert diff(deployed.parent, EXAMPLE) == 1
    assert "LASTGOOD_POLICY is not set" in capsys.readouterr().err
