"""What `make importtime` fails on: the start-up of each handler, as it is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.importtime import rules, traces
from tools.importtime.traces import Touch, Trace
from tools.importtime.tree import Imported, find, names, read

HANDLERS = sorted(traces.FUNCTIONS)

WRITTEN = """\
import time: self [us] | cumulative | imported package
import time:        10 |         10 |     _json
import time:        20 |         30 |   json
{"level": "INFO", "message": "a line of the log in between"}
import time:        40 |         70 | handlers.alarm
import time:         5 |          5 | late
"""


def test_a_trace_is_read_as_the_tree_it_was() -> None:
    roots = read(WRITTEN)

    json = Imported("json", 20, 30, (Imported("_json", 10, 10),))
    assert roots == [Imported("handlers.alarm", 40, 70, (json,)), Imported("late", 5, 5)]
    assert find(roots, "_json") == Imported("_json", 10, 10)


def test_a_forbidden_package_is_found_by_any_of_its_modules() -> None:
    trace = Trace([Imported("huawei_pitr.models.job", 1, 1), Imported("richness", 1, 1)])

    assert rules.faults_at_import("alarm", trace) == ["alarm imports huawei_pitr.models.job"]


def test_a_file_opened_at_import_is_a_fault_that_names_who_did_it() -> None:
    trace = Trace([], (Touch("open settings.json r", "lastgood.wiring"),))

    (fault,) = rules.faults_at_import("verify", trace)

    assert "settings.json" in fault
    assert "lastgood.wiring" in fault


def test_the_probe_sees_a_file_and_a_socket_opened_at_import(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "alarm.py").write_text("import socket\nopen(__file__).close()\nsocket.socket()\n")

    trace = traces.at_import("alarm", tmp_path)

    assert {touch.by for touch in trace.touched} == {"handlers.alarm"}
    assert {touch.what.split()[0] for touch in trace.touched} == {"open", "socket.__new__"}


@pytest.mark.parametrize("handler", HANDLERS)
def test_importing_a_handler_imports_nothing_forbidden_and_opens_nothing(
    handler: str, bundles: Path
) -> None:
    trace = traces.at_import(handler, bundles / handler)

    assert f"handlers.{handler}" in names(trace.roots)
    assert rules.faults_at_import(handler, trace) == []


def test_a_whole_recovery_and_a_sweep_import_nothing_forbidden(bundles: Path) -> None:
    worked = traces.at_work({handler: bundles / handler for handler in HANDLERS})

    faults = [
        fault
        for handler, trace in worked.items()
        for fault in rules.faults_at_work(handler, bundles / handler, trace)
    ]
    assert sorted(worked) == HANDLERS
    assert faults == []
