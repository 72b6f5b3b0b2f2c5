"""The tool that tries the messages in other people's files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests import corpora

ALERT = (Path(__file__).parents[2] / "events" / "alertmanager-alert.json").read_text("utf-8")
EVENT = {"specversion": "1.0", "id": "1", "source": "/x", "type": "x"}
TESTS = {
    "testType": "ValidSingleEvent",
    "tests": [
        {"event": EVENT},
        {"event": EVENT, "testType": "InvalidSingleEvent"},
        {"batch": [EVENT], "testType": "ValidBatch"},
    ],
}


def figures(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["corpora", str(folder)])
    corpora.main()
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_a_message_is_found_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        ".json": ALERT,
        ".md": f"Such as\n```json\n{ALERT}```\nor\n```json\n{{…}}\n```",
        ".py": f"payload = {json.loads(ALERT)!r}\ntext = {ALERT!r}\nother = {{x: 1}}",
        ".go": f"want := `{ALERT}`",
        ".png": "{}",
    }
    for suffix, text in files.items():
        (tmp_path / f"file{suffix}").write_text(text, encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")

    first, *ends = figures(tmp_path, monkeypatch, capsys)

    assert first.startswith("6 files")
    assert "5 alertmanager: alarm" in ends


def test_what_is_marked_otherwise_than_it_is_read_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests.json").write_text(json.dumps(TESTS), encoding="utf-8")

    first, *ends = figures(tmp_path, monkeypatch, capsys)

    assert first == "1 files, 3 messages"
    assert "1 cloudevents: ignored" in ends
    assert "1 cloudevents: ignored, which is marked otherwise" in ends
    assert len([end for end in ends if "a batch" in end and "otherwise" in end]) == 1
