from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from lastgood.domain.events import RECOVERY_KINDS
from lastgood.domain.lifecycle import MOVES
from lastgood.workflows.recovery import recover
from tests.support.fakes import FakeFlow
from tests.support.scenes import incident, world_at_1154
from tests.support.sweeps import sweep_all
from tools.event_schemas import DETAILS, FOLDER, schema


@pytest.mark.parametrize("name", DETAILS)
def test_the_documented_schema_is_that_of_the_code(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == schema(name), "run `make schemas`"


def test_every_end_of_a_recovery_is_announced() -> None:
    states = {state for targets in MOVES.values() for state in targets}
    ends = {state for state in states if state not in MOVES}

    assert ends <= set(RECOVERY_KINDS)


def test_every_event_fits_its_documented_schema() -> None:
    world = world_at_1154()
    recover(incident(), FakeFlow(), world)
    recover(incident("incident-2"), FakeFlow(), world)
    sweep_all("sweep-1", world)
    world.cloud.instances.clear()
    sweep_all("sweep-2", world)

    kinds = set()
    for kind, detail in world.publisher.published:
        kinds.add(kind)
        jsonschema.validate(_on_the_wire(detail), json.loads(schema(kind.split()[0].lower())))

    assert kinds == {
        "Recovery Started",
        "Recovery Completed",
        "Recovery Refused",
        "Recoverability Degraded",
        "Sweep Completed",
    }


def _on_the_wire(detail: dict[str, Any]) -> Any:
    return json.loads(msgspec.json.encode(detail))
