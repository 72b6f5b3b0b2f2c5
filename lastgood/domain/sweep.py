"""A sweep over the instances of one cloud, and what is carried from one step of it to the next.

It stays small whatever the size of the fleet: the findings themselves are in the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from lastgood.domain.objective import SEVERITY, Finding, Verdict

MOST = 20
"""So many instances are named in a summary."""
LONGEST_REASON = 200


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that misses its objective, and the first reason for it."""

    instance: str
    name: str
    verdict: Verdict
    reason: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How far a sweep has come: counts by verdict, and the worst of what was found.

    `after` is the last id that was counted, in the order of the ids; `left` are the instances of
    the last step of which an alarm was kept and never started.
    """

    after: str = ""
    counts: dict[Verdict, int] = {}
    worst: tuple[Named, ...] = ()
    left: tuple[str, ...] = ()
    done: bool = False
    at: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        """That of the worst instance."""
        return max(self.counts, key=SEVERITY.index, default="ok")

    def adding(
        self,
        found: Iterable[tuple[str, Finding]],
        left: Iterable[str],
        at: datetime,
        *,
        done: bool,
    ) -> Tally:
        """The tally with what one more step found of the instances of these names."""
        counts, after, worst = dict(self.counts), self.after, list(self.worst)
        for name, finding in found:
            counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
            after = finding.instance
            if finding.verdict != "ok":
                worst.append(_named(name, finding))
        worst.sort(key=lambda named: -SEVERITY.index(named.verdict))  # stable: the first stay first
        return Tally(
            after=after,
            counts=counts,
            worst=tuple(worst[:MOST]),
            left=tuple(left),
            done=done,
            at=at,
        )


def _named(name: str, finding: Finding) -> Named:
    reason = finding.reasons[0] if finding.reasons else ""
    return Named(
        instance=finding.instance,
        name=name,
        verdict=finding.verdict,
        reason=reason[:LONGEST_REASON],
    )


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """What one execution does of a sweep: the instances of a cloud from where `tally` ends."""

    sweep: str
    cloud: str
    number: int = 1
    tally: Tally = Tally()


class Clouds(msgspec.Struct, frozen=True):
    """The clouds that a sweep is split by: those that have an instance."""

    names: tuple[str, ...]


class Started(msgspec.Struct, frozen=True):
    """The execution that goes on."""

    execution: str
