"""About how many commands a restore undoes, by what Cloud Eye measured of the instance.

Cloud Eye tells of each node how many commands it ran a second, reads among them; of writes alone it
tells nothing for an instance. So the number is an upper one, and what was not measured counts like
the busiest of what was.

Source: docs/facts/rds.md "How much is written".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from lastgood.domain.alarm import Datapoint
from lastgood.domain.confirming import Series
from lastgood.domain.plan import Choice, Decision, Plan

NAMESPACE, COMMANDS = "SYS.NoSQL", "redis319_all_qps"
"""The commands that one node ran a second."""
CLUSTER, NODE = "redis_cluster_id", "redis_node_id"

PERIODS = (60, 300, 1200, 3600, 14400, 86400)
MOST_PERIODS = 120
"""Of an interval; a longer one is asked for by longer periods."""
MOST_NODES = 16
"""Each takes a request; of a larger instance nothing is counted."""
MOST_A_SECOND = 1e9
"""No node runs as many; what says so has measured something else."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EXACT = 1000
"""Rates are added up in thousandths, for a sum of fractions would not grow evenly."""
_TOLD = 1000
"""A number up to this one is told as it is, a larger one by three digits."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Commands a second of a whole instance, one rate for each `period` seconds from `start` on.

    None stands for a period in which not every node was measured.
    """

    start: datetime
    period: int
    rates: tuple[float | None, ...]


def period_of(since: datetime, until: datetime) -> int:
    """The shortest period that an interval has not too many of, in seconds."""
    length = until - since
    fitting = (one for one in PERIODS if length <= MOST_PERIODS * timedelta(seconds=one))
    return next(fitting, PERIODS[-1])


def begin_of(since: datetime, period: int) -> datetime:
    """Where the period begins that a moment lies in."""
    step = timedelta(seconds=period)
    return _EPOCH + (since - _EPOCH) // step * step


def series_of(instance: str, nodes: Sequence[str], period: int) -> list[Series]:
    """What is measured of each node."""
    return [
        Series(
            namespace=NAMESPACE,
            name=COMMANDS,
            dimensions=((CLUSTER, instance), (NODE, node)),
            period=period,
            statistic="average",
        )
        for node in nodes
    ]


def added(
    nodes: Sequence[Sequence[Datapoint]], period: int, start: datetime, until: datetime
) -> Rates:
    """The rates of all nodes together, by the datapoints of each; a period begins at `start`.

    A datapoint is at the start of its period, and of two of one period the larger counts. What is
    below zero, or absurd, was not measured.
    """
    step = timedelta(seconds=period)
    measured: list[dict[int, float]] = []
    for points in nodes:
        of_node: dict[int, float] = {}
        for point in points:
            if point.value is not None and 0 <= point.value <= MOST_A_SECOND:
                slot = (point.at - start) // step
                of_node[slot] = max(point.value, of_node.get(slot, 0.0))
        measured.append(of_node)
    rates = (
        [one[slot] for one in measured if slot in one] for slot in range(-((start - until) // step))
    )
    return Rates(
        start=start,
        period=period,
        rates=tuple(sum(found) if len(found) == len(nodes) > 0 else None for found in rates),
    )


def commands(rates: Rates, since: datetime, until: datetime) -> int | None:
    """At most about so many commands were run in an interval.

    None where less than half of it was measured. A period that only begins or ends in there counts
    by its share.
    """
    step = timedelta(seconds=rates.period)
    known = [
        (rates.start + slot * step, math.ceil(rate * _EXACT))
        for slot, rate in enumerate(rates.rates)
        if rate is not None
    ]
    length = max(until - since, timedelta())
    covered, total = timedelta(), 0
    for begin, rate in known:
        share = max(min(begin + step, until) - max(begin, since), timedelta())
        covered += share
        total += rate * (share // _MICROSECOND)
    if not known or 2 * covered < length:
        return None
    busiest = max(rate for _, rate in known)
    total += busiest * ((length - covered) // _MICROSECOND)
    return -(-total // (_EXACT * 10**6))


def with_losses(decision: Decision, rates: Rates | None) -> Decision:
    """The same decision, its plan with what each of its targets loses."""
    if rates is None or not isinstance(decision, Plan):
        return decision
    until, other = decision.lost.end, decision.alternative
    return msgspec.structs.replace(
        decision,
        lost_writes=commands(rates, decision.target, until),
        alternative=other and _with_loss(other, rates, until),
    )


def _with_loss(choice: Choice, rates: Rates, until: datetime) -> Choice:
    return msgspec.structs.replace(choice, lost_writes=commands(rates, choice.target, until))


def tell(count: int) -> str:
    """A number of commands as people are told it: no more exact than it is known."""
    if count == 0:
        return "no command at all"
    if count == 1:
        return "at most about 1 command"
    scale = 1
    while count > _TOLD * scale:
        scale *= 10
    return f"at most about {-(-count // scale) * scale:,} commands"
