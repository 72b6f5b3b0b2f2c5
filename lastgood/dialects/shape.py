"""Strict parsing of the parts without which a message is not the alarm that it claims to be.

What identifies a transition is parsed strictly, because ARN and transition time are the identity
of an incident: parsed differently on two routes, one incident would become two.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from lastgood.dialects import plausible
from lastgood.domain import times
from lastgood.domain.alarm import OWN_NAMESPACE, Alarm, Ignored, Unreadable

T = TypeVar("T")

INSTANCE_TAGS = ("lastgood/instance", "lastgood_instance")
"""The tags in which an alarm names an instance of the policy; the second where no slash may be."""

Content = Alarm | Ignored | Unreadable
"""What one alarm of a message becomes."""

_LINE = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,2048}"
Text = Annotated[str, msgspec.Meta(pattern=rf"^{_LINE}\Z")]
"""A name or value on one line; a lone surrogate (half a character) could not even be stored."""

TextOrNone = Annotated[str, msgspec.Meta(pattern=rf"^(?:{_LINE})?\Z")]
"""The same, or nothing."""

_ARN = re.compile(
    r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:[^\x00-\x1f\x7f\ud800-\udfff]{1,255}"
)
_OWN = re.compile(rf"(?<![\w/.-]){OWN_NAMESPACE}(?![\w/.-])")
_LONGEST_QUERY = 65_536
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


class MalformedError(ValueError):
    """A message that is not what it claims to be; its text says why, on one line."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message, with the keys that matter here; other keys are ignored."""


def parse(kind: type[T], value: object, what: str) -> T:
    """Parse a JSON value as the given shape.

    Raises:
        MalformedError: a part is missing or of another type; says which part and what it should be.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise MalformedError(f"{what} is broken: {error}") from error


def check_transition(arn: str, state: str, changed_at: str) -> datetime:
    """Check that these three identify a transition; return its time.

    Raises:
        MalformedError: one of them is not what CloudWatch writes.
    """
    if not _ARN.fullmatch(arn):
        example = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-dropped"
        raise MalformedError(f"the ARN of the alarm is {clip(arn)}, expected one such as {example}")
    if state not in _STATES:
        raise MalformedError(f"the state is {clip(state)}, expected one of {', '.join(_STATES)}")
    moment = plausible.moment(changed_at)
    if moment is None:
        expected = "a time between 2000 and 2100 such as 2026-02-17T11:53:08.431+0000"
        raise MalformedError(f"the transition time is {clip(changed_at)}, expected {expected}")
    return moment


def check_moment(
    what: str, value: object, parse_text: Callable[[str], datetime] = times.parse_nanos
) -> datetime:
    """Parse the time that identifies a transition.

    Raises:
        MalformedError: it is no time of this form between 2000 and 2100.
    """
    moment = plausible.moment(value, parse_text)
    if moment is None:
        found = clip(value) if isinstance(value, str) else kind_of(value)
        expected = "a time between 2000 and 2100 with its offset from UTC"
        raise MalformedError(f"{what} is {found}, expected {expected}")
    return moment


def fingerprint(labels: dict[str, str]) -> str:
    """Name a set of labels, the same in whatever order they come."""
    return hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16]


def lines(values: Iterable[object]) -> tuple[str, ...]:
    """Those of the values that are a text on one line, sorted, each once."""
    texts = (value for value in values if isinstance(value, str))
    return tuple(sorted({text for text in texts if re.fullmatch(_LINE, text)}))


def watches_own_metric(*named: object) -> bool:
    """Whether a namespace is ours, or an expression names it as a word of its own."""
    return any(isinstance(text, str) and _OWN.search(text) for text in named)


def queries_told(*texts: object) -> tuple[str, ...]:
    """Those of the expressions and queries that are a text, so that an id in one is seen."""
    told = (plausible.text(text, _LONGEST_QUERY) for text in texts)
    return tuple(filter(None, told))


def clip(text: str) -> str:
    """Quote a text on one line, at most 80 characters of it."""
    quoted = repr(text)
    return quoted if len(quoted) <= 80 else f"{quoted[:79]}…"  # noqa: PLR2004 -- as above


def kind_of(value: object) -> str:
    """Name the kind of a JSON value."""
    return _KINDS.get(type(value), "no JSON value")
