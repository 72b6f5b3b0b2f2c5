"""The policy: which instances are protected, how, and with which promises.

Source: docs/reference/policy.md. Reading the file is `policy_file`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from lastgood.domain.alarm import Alarm, Incident
from lastgood.domain.services import SERVICES, Capabilities, Service
from lastgood.domain.times import Duration

Mode = Literal["observe", "propose", "auto"]
OnClear = Literal["keep", "cancel"]
Confirm = Literal["off", "cloud-eye"]
Needs = Literal["datapoint", "evaluation-start", "any"]
Recover = Literal["in-place", "copy"]
UndoPoint = Literal["require", "try", "off"]
Way = Literal["id", "known_as", "tag", "name"]
"""How an alarm names an instance: an id or a name from `known_as` in a dimension or label, the
sender's own tag for lastgood, or its name by the globs of `alarms`."""

_TOLD: dict[Way, str] = {
    "id": "mentions",
    "known_as": "means by `known_as`",
    "tag": "is tagged for",
}

INSTANCE_ID = r"[0-9a-z]{8,36}in[0-9]{2}"
_MENTIONED = re.compile(rf"(?<![0-9A-Za-z]){INSTANCE_ID}(?![0-9A-Za-z])", re.ASCII | re.IGNORECASE)
"""Looser than the documented 32 hex digits, because the service's own examples are not hex.

Ids are in lower case, so one that a sender wrote in capitals can be no other; were it overlooked,
an alarm about another instance would be taken by its name alone."""

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
_Credentials = Annotated[str, msgspec.Meta(pattern=r"^(secretsmanager:\S+|env:[A-Z][A-Z0-9_]*)\Z")]
_Hook = Annotated[str, msgspec.Meta(pattern="^arn:aws[a-z-]*:lambda:")]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Hours = Annotated[
    str,
    msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z"),
]


def is_instance_id(text: str) -> bool:
    """Whether a text has the form of an instance id."""
    return re.fullmatch(INSTANCE_ID, text) is not None


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: nothing may stand in it that we do not know."""


class Endpoints(_Section, frozen=True, kw_only=True):
    """Base URLs in place of those that follow from the region."""

    geminidb: _Url | None = None
    rds: _Url | None = None
    iam: _Url | None = None
    ces: _Url | None = None


class CloudEntry(_Section, frozen=True, kw_only=True):
    """One Huawei Cloud project in one region.

    `credentials` restore; they also read, unless there are others for that: `credentials_read`.
    """

    region: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}-[a-z]+-[0-9]+\Z")]
    project_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-zA-Z]{1,64}\Z")]
    credentials: _Credentials
    credentials_read: _Credentials | None = None
    requests_per_second: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10
    endpoints: Endpoints = Endpoints()


class Rules(_Section, frozen=True, kw_only=True):
    """How an instance is recovered: the `[defaults]`, any of which an instance may override.

    `auto_needs` is the strength of onset without which `auto` only proposes,
    `onset_lookback` is what is taken off the transition time where an alarm tells nothing better,
    `max_plan_age` how old a plan may be when it is carried out, `on_clear` what happens to one
    whose alarm has gone back to OK, `confirm` who is asked whether an alarm of theirs is true,
    `quiet` how close together the transitions of one incident are. `undo_point` is whether what a
    restore in place overwrites is backed up first, `undo_within` how long that is waited for,
    `settle_within` how soon afterwards the alarm has to be back to OK.
    """

    mode: Mode = "propose"
    auto_needs: Needs = "datapoint"
    margin: Duration = Duration(minutes=2)
    max_rollback: Duration = Duration(hours=6)
    max_alarm_age: Duration = Duration(hours=1)
    cooldown: Duration = Duration(hours=24)
    approval_timeout: Duration = Duration(minutes=30)
    onset_lookback: Duration = Duration(minutes=15)
    max_plan_age: Duration = Duration(minutes=15)
    on_clear: OnClear = "keep"
    confirm: Confirm = "off"
    quiet: Duration = Duration(minutes=5)
    undo_point: UndoPoint = "try"
    undo_within: Duration = Duration(minutes=10)
    settle_within: Duration = Duration(minutes=15)


class Fleet(_Section, frozen=True, kw_only=True):
    """What all instances together may do; drills count apart from recoveries.

    While `max_copies` copies may exist no drill makes another one.
    """

    max_active: _Count = 1
    max_per_day: _Count = 3
    max_drills: _Count = 1
    max_drills_per_day: _Count = 4
    max_copies: _Count = 10


class Objective(_Section, frozen=True, kw_only=True):
    """What an instance promises of its restorable range; what is not given is not promised."""

    max_lag: Duration | None = None
    min_coverage: Duration | None = None
    max_gap: Duration | None = None


class CopyRules(_Section, frozen=True, kw_only=True):
    """How a restore to a new instance is made, and what becomes of the copy.

    `flavor`, `volume_gb` and `zones` are those of the source unless they are given, `time_to_live`
    is how long what a drill made may exist, `remind_after` how often people are told of a copy that
    still runs, `price_per_hour` what it costs, in whatever currency, for the reports.
    """

    security_group_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-zA-Z-]{1,64}\Z")]
    flavor: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-zA-Z.-]{1,128}\Z")] | None = None
    volume_gb: Annotated[int, msgspec.Meta(ge=40, le=4000, multiple_of=10)] | None = None
    zones: tuple[Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z-]{1,64}\Z")], ...] = ()
    time_to_live: Duration = Duration(hours=12)
    remind_after: Duration = Duration(hours=24)
    price_per_hour: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Instance(Rules, frozen=True, kw_only=True):
    """One database instance under protection, the defaults already filled in.

    `known_as` are names that senders of alarms have for it, such as the ids of its nodes;
    `companions` are names or ids of other instances of the policy, and `pair` says that those which
    are recovered by copy are copied as of its target; `range` names an RDS instance
    whose windows must hold the target of this Redis instance as well. `recover` is how it is
    restored, where its service leaves a choice, and `copy` what a copy of it is like. `drill` is
    how it is restored to show that it can be, `drill_every` how often, and `no_drills` are the
    hours, in UTC, in which that never begins. `before` and `after` are the hooks that stop and
    start its writers around a restore, `validate` the one that looks at what was restored;
    `undo_keep` is how long the backup of what was overwritten is kept after a good end, where not
    for ever, `undo_price_per_gb` what a GB of it costs in a month, for the reports.
    """

    id: _Id
    name: _Name
    cloud: str
    service: Service
    alarms: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    known_as: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    companions: tuple[str, ...] = ()
    pair: bool = False
    before: _Hook | None = None
    after: _Hook | None = None
    validate: _Hook | None = None
    undo_keep: Duration | None = None
    undo_price_per_gb: Annotated[float, msgspec.Meta(ge=0)] | None = None
    drill: Recover | bool = False
    drill_every: Duration | None = None
    no_drills: tuple[_Hours, ...] = ()
    recover: Recover | None = None
    copy: CopyRules | None = None
    range: Annotated[str, msgspec.Meta(pattern=rf"^rds:{INSTANCE_ID}(?<!12)\Z")] | None = None
    objective: Objective = Objective()

    @property
    def can(self) -> Capabilities:
        """What its service offers."""
        return SERVICES[self.service]

    @property
    def way(self) -> Recover | None:
        """How it is restored; None where a person has to do it by hand."""
        return self.recover or ("in-place" if self.can.in_place else None)

    @property
    def drill_way(self) -> Recover | None:
        """How it is drilled, if it is; `true` says nothing where nothing is done in place."""
        if self.drill is True:
            return "in-place" if self.can.in_place else None
        return self.drill or None

    def drilled(self) -> Instance:
        """The same by the rules of a drill: nothing said of alarms, or of a loss, matters."""
        return msgspec.structs.replace(
            self,
            mode="auto",
            auto_needs="any",
            max_rollback=ANY_AGE,
            max_alarm_age=ANY_AGE,
            cooldown=Duration(),
            on_clear="keep",
            confirm="off",
            companions=(),
            recover=self.drill_way,
            before=None,
            after=None,
            undo_point="off",
        )

    def paired(self) -> Instance:
        """The same by the rules of a copy that goes with the restore of another instance.

        When that is, and how much is known of it, the rules of the other one have answered.
        """
        return msgspec.structs.replace(
            self,
            auto_needs="any",
            max_alarm_age=ANY_AGE,
            cooldown=Duration(),
            on_clear="keep",
            confirm="off",
            companions=(),
        )

    @property
    def hooks(self) -> dict[str, str]:
        """The ARNs of its hooks, by their keys."""
        named = {"before": self.before, "after": self.after, "validate": self.validate}
        return {key: hook for key, hook in named.items() if hook is not None}

    @property
    def range_instance(self) -> str | None:
        """The id of the RDS instance that `range` names."""
        return self.range.removeprefix("rds:") if self.range else None


ANY_AGE = Duration(days=3650)
"""Longer than any backup is kept."""


class Policy(_Section, frozen=True, kw_only=True, dict=True):
    """The whole file, every reference in it checked.

    `source_version` is where it was read, `@`, and which version of it that was.
    """

    cloud: dict[str, CloudEntry]
    fleet: Fleet
    instance: tuple[Instance, ...]
    source_version: str | None = None

    @cached_property
    def _by_id(self) -> dict[str, Instance]:
        return {instance.id: instance for instance in self.instance}

    @cached_property
    def _known_as(self) -> dict[str, str]:
        return {name: instance.id for instance in self.instance for name in instance.known_as}

    @cached_property
    def _by_name(self) -> dict[str, Instance]:
        return {instance.name: instance for instance in self.instance}

    def find(self, id_or_name: str) -> Instance | None:
        """The instance of this id or name."""
        return self._by_id.get(id_or_name) or self._by_name.get(id_or_name)

    def by_id(self, instance_id: str) -> Instance | None:
        """The instance of this id, whatever another one may be named."""
        return self._by_id.get(instance_id)

    def ruling(self, incident: Incident) -> Instance | None:
        """The entry that an incident is dealt with by; of a drill, or of a pair, by its rules.

        None where the instance is not in the policy, or not set aside for such a drill or copy.
        """
        found = self.by_id(incident.instance)
        if found and incident.pair_of:
            return found.paired() if found.way == "copy" else None
        if found is None or incident.drill is None:
            return found
        return found.drilled() if found.drill_way == incident.drill else None

    def meant_by(self, alarm: Alarm) -> list[Instance] | str:
        """The instances that an alarm means; or why that cannot be said.

        All the ways in which it says so must agree; only its name may mean fewer of them.
        """
        ways = self.ways_of(alarm)
        by_name = ways.pop("name", frozenset())
        first = next(iter(ways), None)
        if first is None:
            return self._all(by_name)
        for way, ids in ways.items():
            if ids != ways[first]:
                return f"{_told(alarm, first, ways)}, but {_TOLD[way]} {_listed(ids)}"
        if not by_name <= ways[first]:
            named = ", ".join(instance.name for instance in self._all(by_name))
            return f"{_told(alarm, first, ways)}, but its name means {named}"
        return self._all(ways[first])

    def ways_of(self, alarm: Alarm) -> dict[Way, frozenset[str]]:
        """Each way in which an alarm names instances, with the ids that it gives, if any.

        One series of several that went off speaks for itself: then neither the alarm's other
        dimensions nor its name are asked.
        """
        singled_out = self._named_in(alarm.singled_out)
        ways = singled_out or self._named_in(alarm.mentions)
        if alarm.named:
            tagged = ((self.find(name) or self.by_id(name.lower()), name) for name in alarm.named)
            ways["tag"] = frozenset(found.id if found else name for found, name in tagged)
        by_name = frozenset(
            instance.id
            for instance in self.instance
            if any(_matches(alarm.name, glob) for glob in instance.alarms)
        )
        if by_name and not singled_out:
            ways["name"] = by_name
        return ways

    def _named_in(self, texts: tuple[str, ...]) -> dict[Way, frozenset[str]]:
        ids = frozenset(found.lower() for text in texts for found in _MENTIONED.findall(text))
        known = frozenset(self._known_as[text] for text in texts if text in self._known_as)
        ways: dict[Way, frozenset[str]] = {"id": ids, "known_as": known}
        return {way: found for way, found in ways.items() if found}

    def _all(self, ids: frozenset[str]) -> list[Instance]:
        return [instance for instance in self.instance if instance.id in ids]

    def companions_of(self, instance: Instance) -> list[Instance]:
        """The instances whose ranges must also hold the target of this one."""
        found = (self.find(name) for name in dict.fromkeys(instance.companions))
        return list({one.id: one for one in found if one}.values())

    def paired_with(self, instance: Instance) -> list[Instance]:
        """Those of them of which a copy is made as of the target of this one."""
        companions = self.companions_of(instance) if instance.pair else []
        return [one for one in companions if one.way == "copy" and one.mode != "observe"]


def _matches(name: str, glob: str) -> bool:
    """Whether a name matches; most of many globs are told apart without compiling them."""
    literal = re.split(r"[*?[]", glob, maxsplit=1)[0]
    return name.startswith(literal) and fnmatchcase(name, glob)


def _told(alarm: Alarm, way: Way, ways: dict[Way, frozenset[str]]) -> str:
    return f"the alarm {alarm.name} {_TOLD[way]} {_listed(ways[way])}"


def _listed(ids: frozenset[str]) -> str:
    return ", ".join(sorted(ids))
