"""SIGKILL at every boundary of a real recovery, while the sandbox counts the requests.

The recover function runs as a real process. Relays stand between it and everything it talks to:
the ledger and the bus, the engine, both services of the cloud. Each request and each answer that
passes is a boundary; in run number n the process is killed at the n-th, before the request or the
answer gets through. Run `python -m tests.e2e.crashes` for all of them.

With `--upgrade` the recovery begins with the functions of tests/recorded, and at the boundary those
of today take over.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from string import Template
from typing import Any, NamedTuple

from lastgood.domain.journal import first_broken
from lastgood.domain.lifecycle import MOVES
from sandbox.aws.account import RECOVER_FUNCTION, function_arn
from sandbox.aws.functions import Function
from sandbox.aws.runtime import Code
from sandbox.stage import Stage, source_code
from tests.e2e.relay import Gate, Relay
from tests.recorded.functions import earlier_functions
from tests.support.incidents import Incidents, policy_with

BATCH = 20
AUTO = 'cloud = "prod"\nmode = "auto"'
STOP, LET_IN = "stop-writers", "let-writers-in"
SAVED = f"""{AUTO}
undo_point = "require"
before     = "{function_arn(STOP)}"
after      = "{function_arn(LET_IN)}"
"""
"""With everything that a recovery does around its request; earlier functions know nothing of it."""


class Relayed(Stage):
    """A stage on which the recover function reaches everything through relays."""

    def __init__(self, gate: Gate, policy: Template) -> None:
        super().__init__(policy=policy)
        self.relays = {name: Relay(gate) for name in ("aws", "engine", "geminidb", "rds")}

    def policy_text(self, credentials: str = "secretsmanager:lastgood/prod") -> str:
        """The policy, whose endpoints are relays."""
        text = super().policy_text(credentials)
        for name, url in (("geminidb", self.huawei.geminidb_url), ("rds", self.huawei.rds_url)):
            self.relays[name].upstream = url
            text = text.replace(url, self.relays[name].url)
        return text

    def _functions(self) -> dict[str, Function]:
        self.relays["aws"].upstream = self.aws.url
        functions = super()._functions()
        recover = functions[RECOVER_FUNCTION]
        through = {
            "AWS_ENDPOINT_URL": self.relays["aws"].url,
            "AWS_ENDPOINT_URL_LAMBDA": self.relays["engine"].url,
        }
        environment = {**recover.environment, **through}
        hook = Function("tests.e2e.writers.handler", source_code())
        hooks = dict.fromkeys((STOP, LET_IN), hook)
        return functions | {RECOVER_FUNCTION: replace(recover, environment=environment)} | hooks


class Crash(NamedTuple):
    """One run: where the process was killed, how the incident ended, and what was sent."""

    number: int
    boundary: str
    state: str
    requests: int
    wrong: str | None


class Crashes:
    """Recovers one instance after the other, killing the process at a boundary of each."""

    def __init__(self, incidents: Incidents, gate: Gate, earlier: Code | None = None) -> None:
        self._incidents = incidents
        self._gate = gate
        self._earlier = earlier

    def trace(self, name: str) -> list[str]:
        """The boundaries of a recovery that nobody disturbs."""
        self._gate.arm(None, lambda: None)
        self._begin()
        self._incidents[name].recover()
        return list(self._gate.trace)

    def crash(self, name: str, number: int) -> Crash:
        """Recover an instance; the process is killed at the boundary of this number."""
        incident = self._incidents[name]
        self._begin()
        self._gate.arm(number, self._kill)
        recovery = incident.recover()
        boundary = self._gate.killed or "not reached"
        wrong = self._wrong(recovery, len(incident.puts)) or self._around(recovery)
        return Crash(number, boundary, recovery["state"], len(incident.puts), wrong)

    def _begin(self) -> None:
        if self._earlier is not None:
            self._incidents.stage.functions.deploy(RECOVER_FUNCTION, self._earlier)

    def _kill(self) -> None:
        functions = self._incidents.stage.functions
        if self._earlier is not None:
            functions.deploy(RECOVER_FUNCTION, source_code())
        functions.kill(RECOVER_FUNCTION)

    def _wrong(self, recovery: Mapping[str, Any], requests: int) -> str | None:
        ledger, chain = self._incidents.ledger, recovery["instance"]
        if requests > 1:
            return f"{requests} requests were sent"
        if recovery["state"] in MOVES:
            return f"it ended {recovery['state']}, which is no end"
        if recovery["state"] == "settled" and requests != 1:
            return "it settled without a request"
        if any(active for active in ledger.fleet().active):
            return "the fleet still counts it"
        return first_broken(ledger.entries(chain), ledger.end(chain))

    def _around(self, recovery: Mapping[str, Any]) -> str | None:
        """What is wrong with what was done before and after the request."""
        if self._earlier is not None:
            return None
        cloud, name = self._incidents.stage.huawei, recovery["incident"]
        backups = [one for one in cloud.geminidb.backups if name in one.name]
        if len(backups) > 1:
            return f"{len(backups)} backups were made"
        if recovery["state"] == "settled" and [one.status for one in backups] != ["COMPLETED"]:
            return "it settled without a complete backup"
        stopped, let_in = (self._called(hook, name) for hook in (STOP, LET_IN))
        if recovery["state"] == "settled" and not stopped:
            return "it settled, and nobody had stopped the writers"
        if stopped and not let_in and name not in self._incidents.ledger.fleet().owed:
            return "the writers were stopped, and nobody lets them in"
        return None

    def _called(self, hook: str, incident: str) -> bool:
        """Whether a hook was called for an incident."""
        calls = self._incidents.stage.functions.invocations(hook)
        return any(incident in call.event.decode() for call in calls)


def known_to_all(policy: Template) -> Template:
    """The same without the keys that earlier functions refuse."""
    return Template(re.sub(r"^settle_within.*\n", "", policy.template, flags=re.MULTILINE))


@contextmanager
def crashes(names: list[str], earlier: Code | None = None) -> Iterator[Crashes]:
    """A stage with one instance for each name, gone bad and ready to be recovered.

    With the code of earlier functions each recovery begins under that one.
    """
    gate = Gate()
    with ExitStack() as opened:
        policy = policy_with(dict.fromkeys(names, SAVED if earlier is None else AUTO))
        stage = Relayed(gate, policy if earlier is None else known_to_all(policy))
        for relay in stage.relays.values():
            opened.enter_context(relay)
        opened.enter_context(stage)
        stage.relays["engine"].upstream = stage.functions.url
        incidents = Incidents(stage, names)
        yield Crashes(incidents, gate, earlier)


def request_of(trace: list[str]) -> int:
    """The number of the boundary at which the restore is about to be sent."""
    return next(n for n, what in enumerate(trace, 1) if what.startswith("PUT") and "→" in what)


def main() -> int:
    """Kill at every boundary there is; prints each and a summary."""
    if "--upgrade" not in sys.argv[1:]:
        return everywhere()
    with earlier_functions() as earlier:
        return everywhere(earlier)


def everywhere(earlier: Code | None = None) -> int:
    """The same, as an exit code."""
    began = time.monotonic()
    with crashes(["cold", "warm"], earlier) as run:
        run.trace("cold")  # pays for the cold start, which the others do not
        trace = run.trace("warm")
    print(f"{len(trace)} boundaries; the request is number {request_of(trace)}", flush=True)
    ended: list[Crash] = []
    for batch in batched(range(1, len(trace) + 1), BATCH):
        with crashes(["cold", *(f"crash-{number}" for number in batch)], earlier) as run:
            run.trace("cold")
            for number in batch:
                ended.append(run.crash(f"crash-{number}", number))
                print(_row(ended[-1]), flush=True)
    states = ", ".join(f"{n} {state}" for state, n in Counter(c.state for c in ended).items())
    sent = dict(sorted(Counter(c.requests for c in ended).items()))
    wrong = [crash for crash in ended if crash.wrong]
    print(f"{len(ended)} kills in {time.monotonic() - began:.0f}s: {states}")
    print(f"recoveries by requests sent: {sent}; wrong: {len(wrong)}")
    return 1 if wrong else 0


def batched(numbers: range, size: int) -> Iterator[range]:
    """The numbers in portions: a stage with an instance for each of them would be a crowd."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _row(crash: Crash) -> str:
    told = f"WRONG: {crash.wrong}" if crash.wrong else crash.state
    return f"{crash.number:4} {crash.boundary:60} {crash.requests} sent, {told}"


if __name__ == "__main__":
    sys.exit(main())
