"""Nine executions of one incident at once, each a process of its own, from the bundles.

Lambda keeps an execution's name for as long as its retention lasts; here it forgets it after every
delivery. So the ledger alone is left to see to it that one request is sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from lastgood.domain.journal import first_broken
from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.aws.functions import Function
from sandbox.huawei.wire.faults import Fault, Operation
from tests.support.bundle import BundledStage
from tests.support.incidents import PATIENCE, Incident, Incidents, execution_of, policy_with

EXECUTIONS = 9
AUTO = 'cloud = "prod"\nmode = "auto"'
NAMES = ("all-decide", "one-has-fired")


class Crowded(BundledStage):
    """As many recoveries at once as are started."""

    def _functions(self) -> dict[str, Function]:
        functions = super()._functions()
        crowded = replace(functions[RECOVER_FUNCTION], concurrency=EXECUTIONS)
        return functions | {RECOVER_FUNCTION: crowded}


@pytest.fixture(scope="module")
def incidents(bundles: Path) -> Iterator[Incidents]:
    with Crowded(bundles, policy_with(dict.fromkeys(NAMES, AUTO))) as stage:
        yield Incidents(stage, NAMES)


def test_of_nine_processes_that_decide_at_the_same_time_one_sends_the_request(
    incidents: Incidents,
) -> None:
    incident = incidents["all-decide"]
    with held(incident, "policy"):  # which each of them reads when it decides
        opened = {open_and_forget(incident) for _ in range(EXECUTIONS)}
        incident.stage.huawei.wait_for("policy", EXECUTIONS, at_most=PATIENCE)

    assert_restored_once(incidents, incident, opened)


def test_eight_processes_that_come_while_the_request_of_another_is_under_way_send_none(
    incidents: Incidents,
) -> None:
    incident = incidents["one-has-fired"]
    before = len(incident.stage.huawei.requests_to("restore"))
    with held(incident, "restore"):
        opened = {open_and_forget(incident)}
        incident.stage.huawei.wait_for("restore", before + 1, at_most=PATIENCE)
        opened |= {open_and_forget(incident) for _ in range(EXECUTIONS - 1)}
        wait_until_running(incidents, opened, 1)

    assert_restored_once(incidents, incident, opened)


@contextmanager
def held(incident: Incident, operation: Operation) -> Iterator[None]:
    """Let no request for an operation go on."""
    faults, released = incident.stage.huawei.faults, Event()
    faults.always(operation, Fault.hold(released, at_most=PATIENCE))
    try:
        yield
    finally:
        faults.clear()
        released.set()


def assert_restored_once(incidents: Incidents, incident: Incident, opened: set[str]) -> None:
    (only,) = opened
    assert wait_until_running(incidents, opened, 0) == ["SUCCEEDED"] * EXECUTIONS
    assert len(incident.puts) == 1
    found = incidents.ledger.known(only)
    assert found.state == "settled"
    assert found.tries == 1
    assert incident.value == b"good"
    assert set(incident.kinds) == {"Recovery Started", "Recovery Completed"}
    log = incident.stage.functions.log(RECOVER_FUNCTION)
    counted = [line for line in log.splitlines() if '"Recoveries":' in line and only in line]
    assert len(counted) == 1
    chain = incident.instance.id
    assert not first_broken(incidents.ledger.entries(chain), incidents.ledger.end(chain))
    assert not incidents.ledger.fleet().active


def open_and_forget(incident: Incident) -> str:
    """Deliver the alarm; the engine forgets the name of the execution that this starts."""
    opened = incident.open()
    incident.stage.functions.forget(execution_of(opened))
    return opened


def wait_until_running(incidents: Incidents, opened: set[str], most: int) -> list[str]:
    """Wait until no more executions of an incident run; how they all stand."""
    functions, deadline = incidents.stage.functions, time.monotonic() + PATIENCE
    names = {execution_of(incident) for incident in opened}
    while True:
        states = [e.status for e in functions.executions(RECOVER_FUNCTION) if e.name in names]
        if states.count("RUNNING") <= most:
            return states
        assert time.monotonic() < deadline, states
        time.sleep(0.1)
