"""`make drills`: many drills in a row, each with a fault whose outcome is known beforehand.

    python -m tests.e2e.drills [--drills N] [--seed S] | --crashes

The functions run from their bundles. Each drill must end as what is true of it, ask for one copy
at most, and leave none behind. With `--crashes` its process is killed instead, at each boundary of
a drill in turn: then what may be left is told.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from string import Template
from typing import Any, NamedTuple

from lastgood.aws.executions import DurableStarter
from lastgood.domain import drills
from lastgood.domain.policy_file import parse_policy
from sandbox.aws.account import RECOVER_FUNCTION, function_arn
from sandbox.huawei.rds.instance import RdsInstance
from sandbox.huawei.rds.shape import ZONES, Shape
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Act, ConnectionDroppedError, Fault
from sandbox.stage import COPIES, DATABASE, DELETIONS, HISTORY, WITH_DRILLS, Stage
from tests.e2e.crashes import Relayed
from tests.e2e.relay import Gate
from tests.support.bundle import BundledStage
from tests.support.incidents import PATIENCE, execution_of
from tools.bundles.fill import build_bundles

OTHERS = {
    "postgresql-db": (
        "0f0e0d0c0b0a09080706050403020100in03",
        Shape("PostgreSQL", "16", "rds.pg.n1.large.4.ha", ZONES, "async", port=5432),
    ),
    "sqlserver-db": (
        "0f0e0d0c0b0a09080706050403020100in04",
        Shape("SQLServer", "2022_SE", "rds.mssql.spec.se.s3.large.4", port=1433),
    ),
}
"""A database of each other engine, one of them with a standby, that is drilled by hand."""

POLICY = Template(
    f"{WITH_DRILLS.template}\n[fleet]\nmax_drills_per_day = 100000\nmax_copies = 100000\n"
    + "".join(
        f"""
[[instance]]
id = "{instance}"
name = "{name}"
cloud = "prod"
service = "rds"
drill = "copy"
copy = {{ security_group_id = "sg-repair" }}
"""
        for name, (instance, _) in OTHERS.items()
    )
)
QUOTA = {"error_code": "DBS.200046", "error_msg": "The quota of instances is used up."}


class Story(NamedTuple):
    """What goes wrong, how the drill must end, and what its reason must say."""

    begin: Callable[[Stage], object]
    result: str
    reason: str = ""
    posts: int = 2
    """How many requests arrive: one to be checked, and the restore."""


def _nothing(_: Stage) -> None:
    """All goes well."""


def _use_up_the_quota(stage: Stage) -> None:
    stage.huawei.rds.quota = len(stage.huawei.rds.instances) + 1


def _sell_out(stage: Stage) -> None:
    for flavor in stage.huawei.rds.flavors.values():
        flavor.zones = dict.fromkeys(flavor.zones, "sellout")


def _on_the_restore(fault: Fault) -> Callable[[Stage], object]:
    return lambda stage: stage.huawei.faults.add("rds-restore", fault, skip=1)


def _on_the_trial(fault: Fault) -> Callable[[Stage], object]:
    return lambda stage: stage.huawei.faults.add("rds-restore", fault)


def _kill_after_the_restore(stage: Stage) -> None:
    def kill_after(act: Act) -> Answer:
        act()
        stage.functions.kill(RECOVER_FUNCTION)
        raise ConnectionDroppedError

    _on_the_restore(Fault("kill after acting", kill_after))(stage)


def _kill_before_the_restore(stage: Stage) -> None:
    def kill_before(act: Act) -> Answer:
        del act
        stage.functions.kill(RECOVER_FUNCTION)
        raise ConnectionDroppedError

    _on_the_restore(Fault("kill before acting", kill_before))(stage)


def _copies(**changes: Any) -> Callable[[Stage], object]:
    return lambda stage: setattr(stage.database, "copies", replace(COPIES, **changes))


def _refuse_deletions(stage: Stage) -> None:
    refused = Fault.refuse(409, "DBS.200019", "Another operation runs.")
    stage.huawei.faults.add("rds-delete", refused, times=5)
    stage.huawei.faults.add("rds-delete", Fault.drop_after())


OF_A_STAGE = 50
"""How many drills with a kill one stage sees."""

STORIES: dict[str, Story] = {
    "nothing": Story(_nothing, "proved"),
    "the quota is used up": Story(_use_up_the_quota, "not-tried", "it may have", 0),
    "the flavor is sold out": Story(_sell_out, "not-tried", "not on sale", 0),
    "the trial is refused": Story(
        _on_the_trial(Fault.answer_before(Answer.json(413, QUOTA))), "not-tried", "DBS.200046", 1
    ),
    "the trial has no answer": Story(_on_the_trial(Fault.drop_before()), "not-tried", "", 1),
    "the answer is lost": Story(_on_the_restore(Fault.drop_after()), "proved"),
    "the answer is a 500": Story(_on_the_restore(Fault.error_after()), "proved"),
    "the request is lost": Story(_on_the_restore(Fault.drop_before()), "not-tried"),
    "killed after the request": Story(_kill_after_the_restore, "proved"),
    "killed before the request": Story(_kill_before_the_restore, "not-tried"),
    "the copy fails": Story(_copies(fail_reason="createVM failed."), "disproved", "failed"),
    "the list lags": Story(_copies(unlisted_for=timedelta(seconds=1)), "proved"),
    "the job hides": Story(_copies(job_hidden_for=timedelta(minutes=5)), "proved"),
    "deletions are refused": Story(_refuse_deletions, "proved"),
}


def tell(stage: Stage, name: str, number: int) -> dict[str, Any]:
    """Drill the database while this happens; the report.

    Raises:
        AssertionError: it ended otherwise than is true, or something is left.
    """
    rds, story = stage.huawei.rds, STORIES[name]
    instances, posts, made = set(rds.instances), len(_posts(stage)), len(rds.made)
    catalogue = {code: dict(flavor.zones) for code, flavor in rds.flavors.items()}
    quota = rds.quota
    story.begin(stage)
    try:
        report = _drill(stage, number)
    finally:
        stage.huawei.faults.clear()
        stage.database.copies, rds.quota = COPIES, quota
        for code, zones in catalogue.items():
            rds.flavors[code].zones = zones
    copies = rds.made[made:]
    assert report["result"] == story.result, (name, report)
    assert story.reason in report["reason"], (name, report)
    assert len(_posts(stage)) - posts == story.posts, (name, report)
    assert len(copies) <= 1, (name, copies)
    assert set(rds.instances) == instances, (name, report)
    if story.result == "proved":
        _check_rows(stage.database, copies[0], report)
    return report


def tell_of(stage: Stage, engine: str) -> dict[str, Any]:
    """Drill the database of another engine, of which no request may be sent to be checked."""
    instance, _ = OTHERS[engine]
    source, posts, made = (
        stage.huawei.rds.instances[instance],
        len(_posts(stage)),
        len(_made(stage)),
    )
    report = _drill(stage, 0, instance)
    assert len(_posts(stage)) == posts + 1
    _check_rows(source, _made(stage)[made], report)
    return report


def _made(stage: Stage) -> list[RdsInstance]:
    return stage.huawei.rds.made


def _drill(stage: Stage, number: int, database: str = DATABASE) -> dict[str, Any]:
    instance = parse_policy(stage.policy_text()).by_id(database)
    assert instance
    order = drills.order(instance, stage.clock.now() + timedelta(milliseconds=number))
    DurableStarter(stage.functions.client, function_arn(RECOVER_FUNCTION)).start(order)
    ended = stage.functions.wait_for(execution_of(order.id), PATIENCE)
    assert ended.status == "SUCCEEDED", ended.error
    report: dict[str, Any] = ended.value()
    return report


def _posts(stage: Stage) -> list[object]:
    return list(stage.huawei.requests_to("rds-restore"))


def _check_rows(source: RdsInstance, copy: RdsInstance, report: dict[str, Any]) -> None:
    """The copy has the rows of the moment that was drawn."""
    moment = datetime.fromisoformat(report["moment"])
    assert copy.restored_to == moment
    assert copy.tables == source.tables_at(moment), report


@contextmanager
def relayed() -> Iterator[tuple[Stage, Gate]]:
    """A stage whose recover function reaches everything through a gate."""
    gate = Gate()
    with ExitStack() as opened:
        stage = Relayed(gate, POLICY)
        for relay in stage.relays.values():
            opened.enter_context(relay)
        opened.enter_context(stage)
        stage.relays["engine"].upstream = stage.functions.url
        fill(stage)
        yield stage, gate


def crash(stage: Stage, gate: Gate, number: int) -> tuple[str, dict[str, Any]]:
    """Drill, and kill the process at the boundary of this number; that boundary, and the report.

    Raises:
        AssertionError: something is left that nobody is told of, or something foreign is gone.
    """
    rds = stage.huawei.rds
    instances, made = set(rds.instances), len(rds.made)
    gate.arm(number, lambda: stage.functions.kill(RECOVER_FUNCTION))
    report = _drill(stage, number)
    boundary, copies = gate.killed or "not reached", rds.made[made:]
    assert report["result"] in {"proved", "not-tried"}, (boundary, report)
    assert len(copies) <= 1, (boundary, copies)
    assert set(rds.instances) >= instances, (boundary, report)
    assert set(rds.instances) == instances or report["left_behind"], (boundary, report)
    if report["result"] == "proved":
        _check_rows(stage.database, copies[0], report)
    return boundary, report


def crash_everywhere() -> int:
    """Kill at every boundary that there is; prints each, and a summary."""
    results: Counter[str] = Counter()
    with relayed() as (stage, gate):
        _drill(stage, 0)  # pays for the cold start
        gate.arm(None, lambda: None)
        _drill(stage, 1)
        boundaries = len(gate.trace)
    print(f"{boundaries} boundaries", flush=True)
    # On several stages: the emulated table copies itself for each transaction, and grows.
    for first in range(1, boundaries + 1, OF_A_STAGE):
        with relayed() as (stage, gate):
            _drill(stage, 0)
            for number in range(first, min(first + OF_A_STAGE, boundaries + 1)):
                boundary, report = crash(stage, gate, number)
                results[report["result"]] += 1
                left = report["left_behind"] or "nothing left"
                print(f"{number:4} {boundary:60} {report['result']}, {left}", flush=True)
    print(f"{boundaries} kills: {dict(results)}; one copy at most, and what is left is told")
    return 0


def stage_of(bundles: Path) -> Stage:
    """A stage with a policy that drills its database."""
    return BundledStage(bundles, POLICY)


def fill(stage: Stage) -> None:
    """Give the database a row every minute, so that every moment has its own rows."""
    steps = int(HISTORY / timedelta(minutes=1))
    databases = [stage.database]
    for name, (instance, shape) in OTHERS.items():
        databases.append(stage.huawei.add_rds(instance, name, shape=shape))
        databases[-1].copies = COPIES
    for number in range(steps):
        for database in databases:
            database.put("orders", str(number), {"pieces": number % 7 + 1})
        stage.clock.advance(timedelta(minutes=1))
    stage.clock.catch_up()
    stage.huawei.rds.deletions = DELETIONS


def main() -> int:
    """Drill, tell how each went, and count."""
    parser = argparse.ArgumentParser(prog="tests.e2e.drills", description=__doc__)
    parser.add_argument("--drills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--crashes", action="store_true")
    asked = parser.parse_args()
    if asked.crashes:
        return crash_everywhere()
    random = Random(asked.seed)  # noqa: S311 - reproducible is what it has to be
    results: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place, stage_of(build_bundles(Path(place))) as stage:
        fill(stage)
        for number in range(asked.drills):
            name = random.choice(list(STORIES)) if number >= len(STORIES) else list(STORIES)[number]
            report = tell(stage, name, number)
            results[report["result"]] += 1
            took = report.get("rto_seconds")
            print(f"{number + 1:4} {name:<28} {report['result']:<10} {took or ''}", flush=True)
    print(f"{asked.drills} drills: {dict(results)}, each true, and nothing is left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
