"""`lastgood explain` on the corpus: each event is explained, and no secret survives redaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lastgood.cli.redacting import Redactor
from lastgood.dialects import read
from lastgood.domain.alarm import Alarm, Unreadable
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from tests.support.builders import REDIS
from tests.support.command_line import TOKEN, CommandLine, policy_for

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))


@pytest.fixture
def lastgood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CommandLine]:
    with HuaweiSandbox(Clock(), token=TOKEN) as cloud:
        command_line = CommandLine(tmp_path, monkeypatch, capsys)
        command_line.set_policy(policy_for(cloud))
        yield command_line


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def named(name: str) -> Path:
    return next(path for path in EVENTS if path.stem == name)


def test_every_event_of_the_corpus_is_explained(lastgood: CommandLine) -> None:
    for path in EVENTS:
        ran = lastgood.run("explain", "--event", str(path), "--json")

        messages = read(load(path))
        unreadable = any(isinstance(m.content, Unreadable) for m in messages)
        assert len(ran.json["readings"]) == len(messages), path
        assert ran.code == (3 if unreadable else 0), path
        for reading in ran.json["readings"]:
            assert reading["acts"] == bool(reading["incident"]) == bool(reading["onset"]), path
            assert reading["why"], path


def test_a_person_is_told_sender_instance_onset_strength_datapoints_and_incident(
    lastgood: CommandLine,
) -> None:
    ran = lastgood.run("explain", "--event", str(named("cloudeye-smn")))

    for told in ("cloudeye", "orders-cache", "11:48:00Z", "evaluation-start", "11:51:00Z 12.5"):
        assert told in ran.out
    assert ran.out.startswith("orders-cache-keys-dropped opens an incident")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("alertmanager-resolved", "only ALARM acts"),
        ("malformed-two-senders", "may be of cloudwatch or alertmanager"),
        ("pagerduty-triggered", "no more than a proposal"),
    ],
)
def test_a_person_is_told_why_an_event_does_less(
    lastgood: CommandLine, name: str, told: str
) -> None:
    out = " ".join(lastgood.run("explain", "--event", str(named(name))).out.split())

    assert told in out


def test_a_redacted_event_holds_no_account_id_signature_or_token(lastgood: CommandLine) -> None:
    for path in EVENTS:
        ran = lastgood.run("explain", "--event", str(path), "--redact")

        for secret in ("111122223333", REDIS, "c2lnbmF0dXJl", "token=", "619d3e78f61b4be6", "AQEB"):
            assert secret not in ran.out, (path, secret)


def test_a_redacted_event_is_read_as_the_same_kind_of_alarms() -> None:
    for path in EVENTS:
        event = load(path)
        before, after = read(event), read(Redactor().redact(event))

        assert [type(m.content) for m in after] == [type(m.content) for m in before], path
        for one, other in zip(before, after, strict=True):
            if isinstance(one.content, Alarm) and isinstance(other.content, Alarm):
                assert other.content.state == one.content.state
                assert other.content.evidence == one.content.evidence


def test_equal_values_are_replaced_by_equal_ones_and_others_by_others() -> None:
    event = {"a": f"x:{REDIS}", "b": [REDIS, "f73893ef73754465a8bd2e0857bbf13ein12"], "n": 5}

    found = Redactor().redact(event)

    assert found["a"] == f"x:{found['b'][0]}"
    assert found["b"][0] != found["b"][1]
    assert found["n"] == 5


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://user:pw@host/path?token=abc#x", "https://host/path"),
        (
            "see https://hooks.example/T0/aaaaaaaaaabbbbbbbbbb11 now",
            "see https://hooks.example/T0/(hidden) now",
        ),
        ("AKIAABCDEFGHIJKLMNOP", "(hidden)"),
        ("10.3.0.17:9121", "192.0.2.1:9121"),
        ("anna@orders.example", "person1@example.com"),
        ("[" * 5000, "(hidden)"),
        ('[ {"token": "abc', "(hidden)"),
        ('["abc', "(hidden)"),
        ("[TEST] keys of 10.3.0.17 dropped", "[TEST] keys of 192.0.2.1 dropped"),
        (
            '{"token": 5, "x": {"password": "p"}}',
            '{"token": "(hidden)", "x": {"password": "(hidden)"}}',
        ),
    ],
)
def test_what_authenticates_or_identifies_is_replaced(text: str, left: str) -> None:
    assert Redactor().redact(text) == left


def test_an_event_that_cannot_be_read_is_an_error_with_a_hint(lastgood: CommandLine) -> None:
    ran = lastgood.run("explain", "--event", "/nowhere.json")

    assert ran.code == 1
    assert "cannot be read" in ran.error
