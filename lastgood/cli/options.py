"""What several verbs take, and how it is read."""

from __future__ import annotations

import difflib
import getpass
from datetime import datetime
from typing import Annotated

import typer

from lastgood.cli.failures import UsageError
from lastgood.dialects import plausible
from lastgood.domain import times
from lastgood.domain.errors import LastgoodError
from lastgood.domain.policy import Instance, Policy

PolicyOption = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="FILE",
        envvar="LASTGOOD_POLICY",
        help="The policy file, or ssm:<parameter>.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who says so; your login name if not given."),
]

POLICY_FILE = "lastgood.toml"


class UnknownInstanceError(LastgoodError):
    """The policy names no such instance."""

    code = "unknown-instance"


class UnknownIncidentError(LastgoodError):
    """The ledger knows no such incident."""

    code = "unknown-incident"


def who(by: str | None) -> str:
    """Who is asking, for the journal."""
    return by or getpass.getuser()


def find(policy: Policy, id_or_name: str) -> Instance:
    """The instance of this id or name.

    Raises:
        UnknownInstanceError: the policy has none; names one that is spelt alike.
    """
    if found := policy.find(id_or_name):
        return found
    known = [key for instance in policy.instance for key in (instance.name, instance.id)]
    near = difflib.get_close_matches(id_or_name, known, n=1)
    names = ", ".join(instance.name for instance in policy.instance)
    hint = f"did you mean {near[0]}?" if near else f"one of {names}"
    raise UnknownInstanceError(f"the policy names no instance {id_or_name!r}", hint)


def read_moment(option: str, written: str) -> datetime:
    """Read the time that an option was given.

    Raises:
        UsageError: it is not RFC 3339 with its offset, or is far outside the life of any data.
    """
    try:
        moment = plausible.within_calendar(times.parse_rfc3339(written))
    except ValueError:
        moment = None
    if moment is None:
        hint = f"{option} 2026-02-17T11:40:20Z, or with an offset: 2026-02-17T19:40:20+08:00"
        raise UsageError(f"{option}: {written!r} is not an RFC 3339 time with a zone", hint)
    return moment


def read_day(option: str, written: str) -> datetime:
    """Read the day that an option was given: its first moment in UTC.

    Raises:
        UsageError: it is no day such as 2026-02-17.
    """
    try:
        midnight = plausible.within_calendar(times.parse_rfc3339(f"{written}T00:00:00Z"))
    except ValueError:
        midnight = None
    if midnight is None:
        raise UsageError(f"{option}: {written!r} is not a day", f"{option} 2026-02-17")
    return midnight
