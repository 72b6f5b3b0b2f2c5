"""The policy: which instances are protected, how, and with which promises.

Source: docs/reference/policy.md. Reading the file is `policy_file`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec

from lastgood.domain.services import SERVICES, Capabilities, Service
from lastgood.domain.times import Duration

Mode = Literal["observe", "propose", "auto"]
OnClear = Literal["keep", "cancel"]

INSTANCE_ID = r"[0-9a-z]{8,36}in[0-9]{2}"
"""Looser than the documented 32 hex digits, because the service's own examples are not hex."""

# Patterns end in \Z, because $ would let a final newline through, and spell digits out, because
# \d would let those of every script through: all of these end up in a URL.
_Id = Annotated[str, msgspec.Meta(pattern=rf"^{INSTANCE_ID}\Z")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# Credentials go there, so plain HTTP is for this machine only.
_Url = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(https://[^\s@?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?/?)\Z"
    ),
]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: nothing may stand in it that we do not know."""


class Endpoints(_Section, frozen=True, kw_only=True):
    """Base URLs in place of those that follow from the region."""

    geminidb: _Url | None = None
    rds: _Url | None = None
    iam: _Url | None = None


class CloudEntry(_Section, frozen=True, kw_only=True):
    """One Huawei Cloud project in one region."""

    region: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}-[a-z]+-[0-9]+\Z")]
    project_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-zA-Z]{1,64}\Z")]
    credentials: Annotated[
        str, msgspec.Meta(pattern=r"^(secretsmanager:\S+|env:[A-Z][A-Z0-9_]*)\Z")
    ]
    requests_per_second: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10
    endpoints: Endpoints = Endpoints()


class Rules(_Section, frozen=True, kw_only=True):
    """How an instance is recovered: the `[defaults]`, any of which an instance may override.

    `onset_lookback` is what is taken off the transition time where an alarm tells nothing better,
    `max_plan_age` how old a plan may be when it is carried out, `on_clear` what happens to one
    whose alarm has gone back to OK.
    """

    mode: Mode = "propose"
    margin: Duration = Duration(minutes=2)
    max_rollback: Duration = Duration(hours=6)
    max_alarm_age: Duration = Duration(hours=1)
    cooldown: Duration = Duration(hours=24)
    approval_timeout: Duration = Duration(minutes=30)
    onset_lookback: Duration = Duration(minutes=15)
    max_plan_age: Duration = Duration(minutes=15)
    on_clear: OnClear = "keep"


class Fleet(_Section, frozen=True, kw_only=True):
    """What all instances together may do."""

    max_active: _Count = 1
    max_per_day: _Count = 3


class Objective(_Section, frozen=True, kw_only=True):
    """What an instance promises of its restorable range; what is not given is not promised."""

    max_lag: Duration | None = None
    min_coverage: Duration | None = None
    max_gap: Duration | None = None


class Instance(Rules, frozen=True, kw_only=True):
    """One database instance under protection, the defaults already filled in.

    `companions` are names or ids of other instances of the policy; `range` names an RDS instance
    whose windows stand in for this Redis instance's own points.
    """

    id: _Id
    name: _Name
    cloud: str
    service: Service
    alarms: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    companions: tuple[str, ...] = ()
    validate: Annotated[str, msgspec.Meta(pattern="^arn:aws[a-z-]*:lambda:")] | None = None
    drill: bool = False
    range: Annotated[str, msgspec.Meta(pattern=rf"^rds:{INSTANCE_ID}(?<!12)\Z")] | None = None
    objective: Objective = Objective()

    @property
    def can(self) -> Capabilities:
        """What its service offers."""
        return SERVICES[self.service]

    @property
    def range_instance(self) -> str | None:
        """The id of the RDS instance that `range` names."""
        return self.range.removeprefix("rds:") if self.range else None


class Policy(_Section, frozen=True, kw_only=True):
    """The whole file, every reference in it checked."""

    cloud: dict[str, CloudEntry]
    fleet: Fleet
    instance: tuple[Instance, ...]

    def find(self, id_or_name: str) -> Instance | None:
        """The instance of this id or name."""
        return next((i for i in self.instance if id_or_name in {i.id, i.name}), None)

    def concerned_by(self, alarm_name: str, mentions: tuple[str, ...]) -> list[Instance]:
        """The instances that an alarm means: by an id among what it mentions, or by its name."""
        ids = {found for text in mentions for found in re.findall(rf"\b{INSTANCE_ID}\b", text)}
        return [
            instance
            for instance in self.instance
            if instance.id in ids or any(fnmatchcase(alarm_name, glob) for glob in instance.alarms)
        ]

    def companions_of(self, instance: Instance) -> list[Instance]:
        """The instances whose ranges must also hold the target of this one."""
        return [found for name in instance.companions if (found := self.find(name))]
