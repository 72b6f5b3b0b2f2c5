"""The World of one command, with the policy that its options name."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lastgood.cli import screen
from lastgood.domain.alarm import Incident
from lastgood.domain.drills import Report
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Finding, Verdict
from lastgood.ports import Text
from lastgood.wiring import Wiring

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails


class _NoMetrics:
    """Counts nothing: metrics are lines on the stdout of a function, and this one is for data."""

    def emit(self, name: str, finding: Finding) -> None:
        """Leave it to the scheduled sweep."""

    def emit_sweep(self, counts: Mapping[Verdict, int]) -> None:
        """Leave it to the scheduled sweep."""

    def emit_overdue(self, copies: int) -> None:
        """Leave it to the scheduled sweep."""

    def emit_recovery(self, incident: Incident, recovery: Recovery) -> None:
        """Leave it out (docs/reference/metrics.md)."""

    def emit_drill(self, report: Report) -> None:
        """Leave it to the function that drills."""

    def emit_policy_kept(self, why: str) -> None:
        """Say it: whoever runs a long command is the person to be told."""
        screen.stderr().print(screen.labelled("Warning:", "bold yellow", why), soft_wrap=True)


@contextmanager
def open_world(policy_file: str) -> Iterator[Wiring]:
    """Give the World of this environment and policy, and say on stderr when a read is retried.

    Left to itself the retrying library logs in a way that depends on what else is installed, and
    may even print on stdout.
    """
    from stamina import instrumentation  # noqa: PLC0415 - `lastgood --help` needs none of it

    def report(details: RetryDetails) -> None:
        retry = f"{details.caused_by}; trying again in {details.wait_for:.1f}s"
        screen.stderr().print(screen.text(retry, "dim"))

    instrumentation.set_on_retry_hooks([report])
    try:
        world = Wiring({**os.environ, "LASTGOOD_POLICY": policy_file})
        world.metrics = _NoMetrics()
        yield world
    finally:
        instrumentation.set_on_retry_hooks(None)


def put_policy(where: str, body: bytes, over: Text | None) -> str:
    """Put a policy to `where`, over what was read there; returns its version.

    Raises:
        PolicyError: it is too large for the place, somebody else put one meanwhile, or AWS refuses.
    """
    from lastgood.aws.clients import Clients  # noqa: PLC0415 - as above
    from lastgood.aws.pushing import push  # noqa: PLC0415 - no function imports it

    return push(Clients(os.environ), where, body, over)


def author(by: str | None, world: Wiring) -> str:
    """Who gives the command, for the journal: the identity first, which no note can imitate."""
    caller = world.caller()
    if caller is None:
        return f"unverified: {by or getpass.getuser()}"
    return f"{caller} ({by})" if by else caller
