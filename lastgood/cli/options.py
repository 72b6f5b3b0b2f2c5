"""The arguments and options that several verbs take, and how their values are parsed."""

from __future__ import annotations

import difflib
from datetime import datetime, timedelta
from typing import Annotated

import typer

from lastgood.cli.failures import UsageError
from lastgood.dialects import plausible
from lastgood.domain import times
from lastgood.domain.errors import LastgoodError
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.ranges import Window

PolicyOption = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="FILE",
        envvar="LASTGOOD_POLICY",
        help="A file, or ssm:…, s3://… or appconfig:….",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NOTE", help="For the journal, beside your AWS identity."),
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
IncidentArgument = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="Its id, as `lastgood status` shows it.")
]

POLICY_FILE = "lastgood.toml"


class UnknownInstanceError(LastgoodError):
    """The policy names no such instance."""

    code = "unknown-instance"


class UnknownIncidentError(LastgoodError):
    """The ledger knows no such incident."""

    code = "unknown-incident"


def find_instance(policy: Policy, id_or_name: str) -> Instance:
    """The instance of this id or name.

    Raises:
        UnknownInstanceError: the policy has none; the hint names the most similar one.
    """
    if found := policy.find(id_or_name):
        return found
    known = [key for instance in policy.instance for key in (instance.name, instance.id)]
    near = difflib.get_close_matches(id_or_name, known, n=1)
    hint = f"use {near[0]}" if near else f"use one of {', '.join(i.name for i in policy.instance)}"
    raise UnknownInstanceError(f"the policy names no instance {id_or_name!r}", hint)


def parse_moment(option: str, value: str) -> datetime:
    """Parse the value of an option as a time.

    Raises:
        UsageError: it is not RFC 3339 with an offset, or not between 2000 and 2100.
    """
    moment = plausible.moment(value, times.parse_rfc3339)
    if moment is None:
        hint = f"write {option} 2026-02-17T11:40:20Z, or with an offset: 2026-02-17T19:40:20+08:00"
        raise UsageError(f"{option}: {value!r} is not an RFC 3339 time with a zone", hint)
    return moment


def parse_day(option: str, value: str) -> Window:
    """Parse the value of an option as a UTC day; return its first and its last second.

    Raises:
        UsageError: it is not a day such as 2026-02-17.
    """
    midnight = plausible.moment(f"{value}T00:00:00Z", times.parse_rfc3339)
    if midnight is None:
        raise UsageError(f"{option}: {value!r} is not a day", f"write {option} 2026-02-17")
    return Window(midnight, midnight + timedelta(days=1) - times.SECOND)
