"""The parts of a message without which it is not the alarm it claims to be.

Whatever identifies a transition is read strictly, because ARN and transition time are the identity
of an incident: read differently on two routes, one incident would become two.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from lastgood.dialects import plausible

T = TypeVar("T")

Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]{1,2048}\Z")]
"""A name or value on one line; a lone surrogate (half a character) could not even be stored."""

_ARN = re.compile(
    r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:[^\x00-\x1f\x7f\ud800-\udfff]{1,255}"
)
_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


class UnfitError(ValueError):
    """A message that cannot be read as what it claims to be; its text says why, on one line."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message, by the keys that matter here; other keys are let pass."""


def fit(kind: type[T], value: object, what: str) -> T:
    """Read a JSON value as the given shape.

    Raises:
        UnfitError: a part is missing or of another type; says which part and what it should be.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise UnfitError(f"{what} is broken: {error}") from error


def check_transition(arn: str, state: str, changed_at: str) -> datetime:
    """Make sure that these three identify a transition, and read its time.

    Raises:
        UnfitError: one of them is not what CloudWatch writes there.
    """
    if not _ARN.fullmatch(arn):
        example = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-dropped"
        raise UnfitError(f"the ARN of the alarm is {clip(arn)}, expected one such as {example}")
    if state not in _STATES:
        raise UnfitError(f"the state is {clip(state)}, expected one of {', '.join(_STATES)}")
    moment = plausible.moment(changed_at)
    if moment is None:
        expected = "a time between 2000 and 2100 such as 2026-02-17T11:53:08.431+0000"
        raise UnfitError(f"the time of the transition is {clip(changed_at)}, expected {expected}")
    return moment


def clip(text: str) -> str:
    """Quote a text on one line, and no more of it than tells it from another."""
    quoted = repr(text)
    return quoted if len(quoted) <= 80 else f"{quoted[:79]}…"  # noqa: PLR2004 -- a line's length


def kind_of(value: object) -> str:
    """Name the kind of a JSON value."""
    return _KINDS.get(type(value), "no JSON value")
