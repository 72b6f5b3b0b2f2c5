"""What `make importtime` fails on: the start-up of each handler, as it is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.importtime import (
    FUNCTIONS,
    at_import,
    at_work,
    faults_at_import,
    faults_at_work,
    read,
    table,
)

HANDLERS = sorted(FUNCTIONS.values())

WRITTEN = """\
import time: self [us] | cumulative | imported package
import time:        10 |         10 |     _json
import time:      2000 |       2010 |   json
{"level": "INFO", "message": "a line of the log in between"}
import time:       500 |        500 |   json.decoder
import time:        40 |       2550 | handlers.alarm
"""


def test_a_trace_is_read_whatever_stands_in_between() -> None:
    assert read(WRITTEN) == {"_json": 10, "json": 2000, "json.decoder": 500, "handlers.alarm": 40}


def test_the_table_adds_up_each_package_the_slowest_first() -> None:
    lines = table("alarm", read(WRITTEN), {"json": 1, "late": 1}).splitlines()

    assert lines[:2] == ["alarm: 3 ms, 4 modules, 1 more at work", "      2.5 ms  json"]


def test_a_forbidden_package_is_found_by_any_of_its_modules() -> None:
    faults = faults_at_import("alarm", ["huawei_pitr.models.job", "richness"], [])

    assert faults == ["alarm imports huawei_pitr.models.job"]


def test_what_a_bundle_does_not_hold_is_no_fault_at_work(tmp_path: Path) -> None:
    (tmp_path / "rich.py").touch()

    faults = faults_at_work("alarm", ["click", "rich"], tmp_path)

    assert faults == ["alarm imports rich when at work"]


def test_a_file_opened_at_import_is_a_fault_that_names_who_did_it() -> None:
    harmless = "socket.bind\turllib3.util.connection"

    (fault,) = faults_at_import("verify", [], ["open settings.json r\tlastgood.wiring", harmless])

    assert fault.endswith("open settings.json r, by lastgood.wiring")


def test_the_probe_sees_a_file_and_a_socket_opened_at_import(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "alarm.py").write_text("import socket\nopen(__file__).close()\nsocket.socket()\n")

    _, touched = at_import("alarm", tmp_path)

    assert {line.split()[0] for line in touched} == {"open", "socket.__new__"}
    assert all(line.endswith("\thandlers.alarm") for line in touched)


@pytest.mark.parametrize("handler", HANDLERS)
def test_importing_a_handler_imports_nothing_forbidden_and_opens_nothing(
    handler: str, bundles: Path
) -> None:
    modules, touched = at_import(handler, bundles / handler)

    assert f"handlers.{handler}" in modules
    assert faults_at_import(handler, modules, touched) == []


def test_a_whole_recovery_and_a_sweep_import_nothing_forbidden(bundles: Path) -> None:
    worked = at_work(bundles)

    assert sorted(worked) == HANDLERS
    for handler, modules in worked.items():
        assert "lastgood.wiring" in modules
        assert faults_at_work(handler, modules, bundles / handler) == []
