"""The two results of deciding: a plan or a refusal."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.policy import Mode
from lastgood.domain.services import Endpoint

RefusalCode = Literal[
    "not-covered",
    "observing",
    "not-an-alarm",
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


class Plan(msgspec.Struct, frozen=True, kw_only=True, tag="plan", tag_field="verdict"):
    """What a recovery would do, and on what grounds.

    `restore_time` is the target in the service's own spelling, `lost` the interval whose writes
    the restore destroys, `mode` what may happen next, `cloud` the policy's name for the project it
    happens in, `answer_by` until when a person may agree to it, `hash` a digest of all the rest.
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
    hash: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal", tag_field="verdict"):
    """Why nothing is restored: a code for scripts, a sentence and a hint for people."""

    incident: Incident | None
    code: RefusalCode
    message: str
    hint: str


Decision = Plan | Refusal
