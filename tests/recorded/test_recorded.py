"""What 00fc646 wrote is still read, decides the same, and replays without a difference.

Ledgers and executions outlive a deployment, so these tests hold for every later version.
README.md says how the recording was made.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.execution import (
    DurableExecutionInvocationInputWithClient,
    InitialExecutionState,
)
from aws_durable_execution_sdk_python.lambda_service import DurableServiceClient

from lastgood.aws.durable import KEPT, DurableFlow
from lastgood.domain import canonical
from lastgood.domain.alarm import Incident, Unreadable
from lastgood.domain.events import (
    RECOVERY_KINDS,
    RecoverabilityEvent,
    RecoveryEvent,
    announce_recovery,
)
from lastgood.domain.journal import Entry, first_broken
from lastgood.domain.lifecycle import Approval, FleetState, Halt, Head, Recovery
from lastgood.domain.objective import Finding
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.policy_file import parse_policy
from lastgood.ledger import Ledger
from lastgood.ports import Flow, Key, Record
from lastgood.workflows.deciding import Decided
from lastgood.workflows.recovery import recover
from tests.recorded.recording import POLICY, TEXTS, covers, load, text
from tests.support.fakes import FakeStore, FakeWorld

LEDGER, EXECUTIONS, EVENTS = load()
RECORDS = [
    Record(Key(r["partition"], r["sort"]), r["version"], text(r["body"]).encode()) for r in LEDGER
]
CHAINS = sorted(
    record.key.partition.removeprefix("chain#")
    for record in RECORDS
    if record.key.partition.startswith("chain#")
)
RECOVERIES = [execution for execution in EXECUTIONS if execution["function"] == "recover"]


def named(execution: dict[str, Any]) -> str:
    return str(execution["name"])


def recorded_ledger() -> tuple[Ledger, FakeStore]:
    store = FakeStore()
    store.records = {record.key: record for record in RECORDS}
    return Ledger(store), store


def same_fields(recorded: Any, kind: Any) -> bool:
    """Whether this kind reads what was recorded, and writes at least the same again."""
    today = canonical.encode(canonical.decode(text(recorded), kind))
    return covers(json.loads(today), recorded)


def entries() -> list[Entry]:
    ledger, _ = recorded_ledger()
    return [entry for chain in CHAINS for entry in ledger.entries(chain)]


# The ledger

KINDS: dict[str, Any] = {
    "opened": Incident,
    "recovery": Recovery,
    "callback": str,
    "head": Head,
    "cleared": datetime,
    "state": FleetState,
    "last": Finding,
}
"""What a record is, by its sort key; those that are none of these are entries of the journal."""


@pytest.mark.parametrize("record", LEDGER, ids=lambda r: f"{r['partition']} {r['sort']}")
def test_a_record_is_read_as_what_it_is_and_loses_no_field(record: dict[str, Any]) -> None:
    assert same_fields(record["body"], KINDS.get(record["sort"], Entry))


def test_the_ledger_looks_for_every_record_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, store = recorded_ledger()
    found: list[Key] = []
    read, scan = store.read, store.scan

    def noting_read(keys: Any) -> list[Record]:
        found.extend(keys)
        return read(keys)

    def noting_scan(partition: str) -> Any:
        records = list(scan(partition))
        found.extend(record.key for record in records)
        return iter(records)

    monkeypatch.setattr(store, "read", noting_read)
    monkeypatch.setattr(store, "scan", noting_scan)

    ledger.fleet()
    for chain in CHAINS:
        list(ledger.entries(chain))
        ledger.end(chain)
        ledger.last_finding(chain)
    for execution in RECOVERIES:
        incident = ledger.incident(named(execution))
        assert incident is not None
        ledger.history(incident)
        ledger.recovery(incident.id)
        ledger.callback(incident.id, "")
    ledger.last_finding("dsfae23fsfdsae3435in01")  # it has no chain

    assert {record.key for record in RECORDS} <= set(found)


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_whole(chain: str) -> None:
    ledger, _ = recorded_ledger()

    assert next(ledger.entries(chain), None) is not None
    assert first_broken(ledger.entries(chain), ledger.end(chain)) is None


DETAILS: dict[str, Any] = {
    "alarm": Incident,
    "unreadable": Unreadable,
    "ignored": Refusal,
    "decided": Decided,
    "proposed": Plan,
    "approved": Approval,
    "halted": Halt,
}
"""What the journal keeps with a line of this kind, where that is always the same."""


@pytest.mark.parametrize("kind", DETAILS)
def test_the_detail_of_a_line_is_read_as_what_it_is_and_loses_no_field(kind: str) -> None:
    details = [entry.detail for entry in entries() if entry.kind == kind]

    assert details
    assert all(same_fields(detail, DETAILS[kind]) for detail in details)


@pytest.mark.parametrize(
    "entry",
    [entry for entry in entries() if entry.kind == "decided"],
    ids=lambda entry: f"{entry.incident} {entry.seq}",
)
def test_a_decision_is_made_again_from_its_evidence_and_comes_out_the_same(entry: Entry) -> None:
    decided = msgspec.convert(entry.detail, Decided, dec_hook=canonical.read_hook)

    assert canonical.encode(decided.again()) == canonical.encode(decided.decision)


def test_the_policy_is_read_as_the_one_that_the_decisions_rest_on() -> None:
    policy = parse_policy(POLICY.read_text("utf-8"))
    decided = [entry.detail["policy"] for entry in entries() if entry.kind == "decided"]

    for recorded in decided:
        today = canonical.encode(policy.find(recorded["id"]))
        assert covers(json.loads(today), recorded)


# The executions


def checkpoints(execution: dict[str, Any]) -> list[tuple[str, dict[str, Any] | None]]:
    """The name of each step and what was kept of it, in order."""
    return [
        (operation["Name"], operation.get("StepDetails", {}).get("Result"))
        for operation in execution["operations"]
        if operation["Type"] != "EXECUTION" and "ParentId" not in operation
    ]


def results(execution: dict[str, Any], kind: type) -> list[Any]:
    """The results of this kind."""
    kept = [result for _, result in checkpoints(execution) if result is not None]
    return [result["value"] for result in kept if KEPT[result["kind"]] is kind]


@pytest.mark.parametrize("execution", EXECUTIONS, ids=named)
def test_a_checkpoint_is_read_as_the_kind_that_it_names_and_loses_no_field(
    execution: dict[str, Any],
) -> None:
    for _, kept in checkpoints(execution):
        if kept is not None:
            assert set(kept) == {"kind", "value"}
            assert same_fields(kept["value"], KEPT[kept["kind"]])


class Rerun:
    """A flow that fails at a step which was not the next one recorded."""

    def __init__(self, flow: Flow, names: list[str]) -> None:
        self._flow = flow
        self.left = names

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def ask(name: str, *rest: Any) -> Any:
            recorded = self.left.pop(0) if self.left else "the end"
            assert name == recorded, f"{name!r} is asked for, where {recorded!r} was recorded"
            return getattr(self._flow, verb)(name, *rest)

        return ask


class NoMoreCheckpoints(DurableServiceClient):
    """An engine that accepts no checkpoint: every result is there already."""

    def checkpoint(self, *_: Any, updates: Any = None, **__: Any) -> Any:
        raise AssertionError(f"a checkpoint that was not recorded: {updates}")

    def get_execution_state(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("there is no more state than was given")


def run_again(execution: dict[str, Any], world: FakeWorld) -> Any:
    """Invoke the execution once more, with all its checkpoints; what the function returns.

    The SDK itself replays: it finds a result by the position of its step.
    """
    names = [name for name, _ in checkpoints(execution)]

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        flow: Any = Rerun(DurableFlow(context), names)
        return msgspec.to_builtins(recover(msgspec.convert(event, Incident), flow, world))

    state = {"Operations": [engine_form(operation) for operation in execution["operations"]]}
    invocation = DurableExecutionInvocationInputWithClient(
        durable_execution_arn=execution["operations"][0]["Id"],  # ends in it, in the engine
        checkpoint_token="token",
        initial_execution_state=InitialExecutionState.from_json_dict(state),
        service_client=NoMoreCheckpoints(),
    )
    context: Any = None
    output = handler(invocation, context)
    assert output["Status"] == "SUCCEEDED", output
    assert not names, f"recorded, and not asked for: {names}"
    return json.loads(output["Result"])


def engine_form(operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with what was laid open as the texts that the engine keeps."""

    def closed(details: dict[str, Any]) -> dict[str, Any]:
        return {key: text(value) if key in TEXTS else value for key, value in details.items()}

    return {
        key: closed(value) if isinstance(value, dict) else value for key, value in operation.items()
    }


@pytest.fixture
def world() -> FakeWorld:
    """The recorded ledger, and a cloud in which there is nothing."""
    made = FakeWorld(parse_policy(POLICY.read_text("utf-8")))
    made.ledger, made.store = recorded_ledger()
    return made


@pytest.mark.parametrize("execution", RECOVERIES, ids=named)
def test_a_recovery_run_again_goes_the_same_way_and_ends_as_the_ledger_says(
    world: FakeWorld, execution: dict[str, Any]
) -> None:
    payload = execution["operations"][0]["ExecutionDetails"]["InputPayload"]
    recovery = world.ledger.recovery(named(execution))

    result = run_again(execution, world)

    assert result == json.loads(canonical.encode(recovery))
    assert same_fields(payload, Incident)
    assert world.ledger.incident(named(execution)) == msgspec.convert(payload, Incident)
    assert world.store.records == {record.key: record for record in RECORDS}
    assert world.publisher.published == []
    assert world.cloud.restores == []


# The events


EVENT_KINDS = {"Recovery": RecoveryEvent, "Recoverability": RecoverabilityEvent}
"""Not that of a sweep, which has another version since."""


@pytest.mark.parametrize(
    "event",
    [event for event in EVENTS if event["kind"] != "Sweep Completed"],
    ids=lambda event: event["kind"],
)
def test_an_event_has_all_fields_that_it_had(event: dict[str, Any]) -> None:
    kind = EVENT_KINDS[event["kind"].split()[0]]

    today = msgspec.to_builtins(msgspec.convert(event["detail"], kind))

    assert covers(json.loads(canonical.encode(today)), event["detail"])


@pytest.mark.parametrize("execution", RECOVERIES, ids=named)
def test_what_a_recovery_came_to_is_told_as_it_was_told(execution: dict[str, Any]) -> None:
    ledger, _ = recorded_ledger()
    incident = ledger.incident(named(execution))
    assert incident is not None
    steps = [canonical.decode(text(value), Recovery) for value in results(execution, Recovery)]

    today = [
        {
            "kind": RECOVERY_KINDS[recovery.state],
            "detail": json.loads(canonical.encode(announce_recovery(incident, recovery))),
        }
        for recovery in steps
        if recovery.state in RECOVERY_KINDS
    ]

    told = [event for event in EVENTS if event["detail"].get("incident") == incident.id]
    assert told
    assert covers(today, told)
