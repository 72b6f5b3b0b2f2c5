"""The writers are stopped before a restore, and let in again after it, by the bundles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
import redis

from sandbox.aws.account import function_arn
from sandbox.aws.functions import Function
from sandbox.stage import HISTORY, POLICY, Stage, source_code
from tests.e2e.crashes import LET_IN, STOP
from tests.support.bundle import BundledStage
from tests.support.incidents import ALARM, DAMAGE, Alarmed, ledger_of

HOOKED = Template(
    POLICY.template.replace(
        'name       = "orders-cache"',
        f'name = "orders-cache"\nbefore = "{function_arn(STOP)}"\nafter = "{function_arn(LET_IN)}"',
    )
)


class HookedStage(BundledStage):
    """With the two functions of a user, which are no part of the bundles."""

    def _functions(self) -> dict[str, Function]:
        hook = Function("tests.e2e.writers.handler", source_code())
        return super()._functions() | dict.fromkeys((STOP, LET_IN), hook)


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with HookedStage(bundles, HOOKED) as stage:
        yield stage


@pytest.fixture(scope="module")
def recovery(stage: Stage) -> dict[str, Any]:
    with redis.Redis.from_url(stage.cache.url) as client:
        client.set("order", 1)
        stage.clock.advance(HISTORY - DAMAGE)
        client.delete("order")
    stage.clock.catch_up()
    return Alarmed(stage, stage.cache, stage.clock.now() - ALARM).recover()


def asked(stage: Stage, hook: str) -> list[dict[str, Any]]:
    return [json.loads(call.event) for call in stage.functions.invocations(hook)]


def test_each_is_called_once_where_nothing_goes_wrong(
    stage: Stage, recovery: dict[str, Any]
) -> None:
    assert recovery["state"] == "settled"
    (before,), (after,) = asked(stage, STOP), asked(stage, LET_IN)
    assert before["idempotency_key"] == f"{recovery['incident']}/1/before"
    assert after["idempotency_key"] == f"{recovery['incident']}/1/after"


def test_the_writers_are_stopped_before_anything_is_saved_or_restored(
    stage: Stage, recovery: dict[str, Any]
) -> None:
    assert recovery["state"] == "settled"
    kinds = [kind for kind in journal(stage) if kind.startswith(("hook", "undo", "firing"))]

    assert kinds == [
        "hook-called",
        "hook-ended",
        "undo-point-ordered",
        "undo-point-ready",
        "firing",
        "hook-called",
        "hook-ended",
    ]


def journal(stage: Stage) -> list[str]:

    return [entry.kind for entry in ledger_of(stage).entries(stage.cache.id)]


def test_whoever_lets_them_in_is_told_what_is_gone(stage: Stage, recovery: dict[str, Any]) -> None:
    (after,) = asked(stage, LET_IN)

    assert after["hook"] == "after"
    assert after["target"] == recovery["plan"]["target"]
    assert after["gap"]["start"] == recovery["plan"]["target"]
    assert after["gap"]["end"][:19] == recovery["sent_at"][:19]
