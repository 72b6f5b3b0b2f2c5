"""The two results of deciding: a plan or a refusal."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from lastgood.domain import canonical
from lastgood.domain.alarm import Incident, Strength
from lastgood.domain.policy import Mode
from lastgood.domain.services import Endpoint
from lastgood.domain.undo import Wanted

RefusalCode = Literal[
    "not-covered",
    "observing",
    "not-an-alarm",
    "ambiguous-instance",
    "cooling-down",
    "before-last-recovery",
    "no-restorable-moment",
    "loss-too-large",
    "no-common-moment",
    "instance-busy",
    "instance-abnormal",
    "pitr-off",
    "alarm-cleared",
    "expected-after-recovery",
    "fleet-full",
    "halted",
    "refused-by-service",
    "plan-outdated",
    "not-sent",
    "dismissed",
    "no-undo-point",
    "writers-not-stopped",
]


class Gate(msgspec.Struct, frozen=True):
    """A range that was asked, and whether it holds the target."""

    instance: str
    source: Endpoint
    restorable: bool


class Interval(msgspec.Struct, frozen=True):
    """From `start` to `end`."""

    start: datetime
    end: datetime


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The other target that a person may choose: later, and at the risk that is named.

    `hash` is that of the plan which `Plan.choose` makes of it, `lost_writes` as in there.
    """

    target: datetime
    restore_time: str
    loss_seconds: int
    hash: str = ""
    lost_writes: int | None = None


SHORT_HASH = 8
"""So many digits of a plan's hash tell it from another."""

Overridable = Literal["bad-since", "cooling-down", "before-last-recovery"]
"""What only a person may decide against, having been shown it."""


class Plan(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag="plan",
    tag_field="verdict",
):
    """What a recovery would do, and on what grounds.

    `way` is given where not the instance itself is restored, but a copy of it is made.
    `restore_time` is the target in the service's own spelling, `lost` the interval whose writes
    the restore destroys, `mode` what may happen next, `cloud` the policy's name for the project it
    happens in, `answer_by` until when a person may agree to it, `policy_version` which version of
    the policy it rests on, `hash` a digest of all the rest but that: a comment in the policy makes
    no other plan. Nor does `lost_writes`: at most about so many commands were run in `lost`, where
    that could be read.

    `strength` is how well the onset is known. `bad_since` is given where another incident says that
    the data was bad before this one's onset; then `target` lies before that, and `alternative`
    before this incident's own onset. `despite` is what the plan sets aside: it is never carried out
    unless a person approved it. `pair` are the instances of which a copy is made as of the target,
    once its request was sent. `undo` is given where what is overwritten is backed up before.
    """

    incident: Incident
    cloud: str
    target: datetime
    restore_time: str
    lost: Interval
    loss_seconds: int
    mode: Mode
    gates: tuple[Gate, ...]
    warnings: tuple[str, ...]
    decided_at: datetime
    answer_by: datetime
    hash: str
    strength: Strength | None = None
    bad_since: datetime | None = None
    alternative: Choice | None = None
    despite: tuple[Overridable, ...] = ()
    way: Literal["copy"] | None = None
    pair: tuple[str, ...] = ()
    undo: Wanted | None = None
    policy_version: str | None = None
    lost_writes: int | None = None

    def sealed(self) -> Plan:
        """The same plan with its hash."""
        return msgspec.structs.replace(self, hash=canonical.digest(unsealed(self)))

    def choose(self, plan_hash: str) -> Plan | None:
        """The plan of this hash: this one, or the one that its alternative makes of it.

        The beginning of a hash is enough where it begins one of the two only.
        """
        if len(plan_hash) < SHORT_HASH:
            return None
        is_this = self.hash.startswith(plan_hash)
        is_other = self.alternative is not None and self.alternative.hash.startswith(plan_hash)
        if is_this == is_other:
            return None
        if self.alternative is None or is_this:
            return self
        return self.with_target(self.alternative, "bad-since")

    def with_target(self, choice: Choice, despite: Overridable) -> Plan:
        """The same plan with the other target, at the risk that it sets aside."""
        return msgspec.structs.replace(
            self,
            target=choice.target,
            restore_time=choice.restore_time,
            lost=Interval(choice.target, self.lost.end),
            loss_seconds=choice.loss_seconds,
            lost_writes=choice.lost_writes,
            mode="propose",
            alternative=None,
            despite=(*self.despite, despite),
        ).sealed()


def unsealed(plan: Plan) -> Plan:
    """A plan without the digest of all the rest, and without what that leaves out."""
    other = plan.alternative and msgspec.structs.replace(plan.alternative, lost_writes=None)
    return msgspec.structs.replace(
        plan, hash="", policy_version=None, lost_writes=None, alternative=other
    )


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal", tag_field="verdict"):
    """Why nothing is restored: a code for scripts, a sentence and a hint for people."""

    incident: Incident | None
    code: RefusalCode
    message: str
    hint: str
    policy_version: str | msgspec.UnsetType = msgspec.UNSET


Decision = Plan | Refusal
