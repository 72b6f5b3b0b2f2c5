"""Functions of an earlier version and those of today share one ledger.

`python -m tests.e2e.crashes --upgrade` lets today's take over at every boundary; this is a slice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lastgood.cli import main
from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.aws.runtime import Code
from sandbox.stage import Stage, source_code
from tests.e2e.crashes import AUTO, Crashes, crashes, known_to_all, request_of
from tests.recorded.functions import earlier_functions
from tests.support.incidents import PATIENCE, Incident, Incidents, policy_with

AROUND_THE_REQUEST = (-1, 0, 1, 2)
PARTS = (0.4, 0.8)
"""Of the way; `make upgrades` takes over everywhere."""
PROPOSE = 'cloud = "prod"\nmode = "propose"'
ANSWERS = [(answer, taken_over) for answer in ("approve", "reject") for taken_over in (False, True)]
STATES = {"approve": "settled", "reject": "rejected"}


@pytest.fixture(scope="module")
def earlier() -> Iterator[Code]:
    with earlier_functions() as code:
        yield code


@pytest.fixture(scope="module")
def run(earlier: Code) -> Iterator[Crashes]:
    names = [f"at{where}" for where in (*AROUND_THE_REQUEST, *PARTS)]
    with crashes(["cold", "warm", *names], earlier) as made:
        made.trace("cold")
        yield made


@pytest.fixture(scope="module")
def boundaries(run: Crashes) -> list[str]:
    return run.trace("warm")


@pytest.mark.parametrize("distance", AROUND_THE_REQUEST)
def test_a_recovery_taken_over_around_its_request_never_sends_it_twice_and_ends(
    run: Crashes, boundaries: list[str], distance: int
) -> None:
    crash = run.crash(f"at{distance}", request_of(boundaries) + distance)

    assert crash.boundary != "not reached"
    assert crash.wrong is None


@pytest.mark.parametrize("part", PARTS)
def test_a_recovery_taken_over_anywhere_is_carried_to_its_end(
    run: Crashes, boundaries: list[str], part: float
) -> None:
    crash = run.crash(f"at{part}", round(part * len(boundaries)))

    assert crash.boundary != "not reached"
    assert crash.wrong is None
    assert (crash.state, crash.requests) == ("settled", 1)


@pytest.fixture(scope="module")
def incidents(earlier: Code) -> Iterator[Incidents]:
    """On a stage whose recover function is of the earlier version, all else of today."""
    names = {f"{answer}-{taken}": PROPOSE for answer, taken in ANSWERS} | {"again": AUTO}
    with Stage(policy=known_to_all(policy_with(names))) as stage:
        stage.functions.deploy(RECOVER_FUNCTION, earlier)
        yield Incidents(stage, names)


@pytest.mark.parametrize(("answer", "taken_over"), ANSWERS)
def test_a_proposal_of_the_earlier_functions_is_answered_by_todays_command(
    incidents: Incidents,
    earlier: Code,
    monkeypatch: pytest.MonkeyPatch,
    *,
    answer: str,
    taken_over: bool,
) -> None:
    stage = incidents.stage
    for name, value in (stage.aws.environment() | stage.functions.environment()).items():
        monkeypatch.setenv(name, value)
    stage.functions.deploy(RECOVER_FUNCTION, earlier)
    asking = incidents[f"{answer}-{taken_over}"]
    identity = asking.open()
    plan_hash = proposed(incidents, identity)
    if taken_over:
        stage.functions.deploy(RECOVER_FUNCTION, source_code())

    more = {"approve": ("--plan", plan_hash), "reject": ("--reason", "upgrade")}
    code = main([answer, identity, *more[answer]])

    assert code == 0
    assert asking.end(identity)["state"] == STATES[answer]
    assert len(asking.puts) == (answer == "approve")


def proposed(incidents: Incidents, incident: str) -> str:
    """The hash of the plan that it proposes, once it does."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        recovery = incidents.ledger.recovery(incident)
        if recovery is not None and recovery.state == "proposed" and recovery.plan is not None:
            return recovery.plan.hash
        time.sleep(0.1)
    raise AssertionError(f"{incident} was not proposed")


def test_todays_alarm_function_knows_what_the_earlier_functions_carry_out(
    incidents: Incidents, earlier: Code
) -> None:
    incidents.stage.functions.deploy(RECOVER_FUNCTION, earlier)
    again: Incident = incidents["again"]

    identity = again.open()

    assert again.open("sns-alarm") == identity
    assert again.end(identity)["state"] == "settled"
    assert again.open() == identity
    assert len(again.puts) == 1
