"""The sentence in which CloudWatch explains a transition to ALARM.

On the SNS route it is the only place that lists datapoints, on the other two the only place that
names the comparison. It is parsed strictly: a wording that is not known gives no evidence. The
wordings (dd/mm/yy, UTC, newest datapoint first):

    Threshold Crossed: 1 datapoint [63.0 (17/01/26 17:02:00)] was greater than the threshold (3.0).
    Threshold Crossed: 2 out of the last 3 datapoints [7.0 (17/02/26 11:51:00), 9.0 (17/02/26
    11:49:00)] were less than or equal to the threshold (10.0) (minimum 2 datapoints for OK ->
    ALARM transition).
    Threshold Crossed: 24 datapoints were less than the threshold (1.0). The most recent datapoints
    which crossed the threshold: [0.0 (17/02/26 11:51:00), …five at most].
    Threshold Crossed: 1 datapoint [0.0 (17/02/26 11:45:00)] was less than the threshold (1.0) and
    1 missing datapoint was treated as [Breaching].
    Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were
    treated as [Breaching].
    Thresholds Crossed: 1 out of the last 1 datapoints [0.5 (17/02/26 11:51:00)] was less than the
    lower thresholds [0.6] or greater than the upper thresholds [0.7] (minimum 1 datapoint …).
"""

from __future__ import annotations

import re

from lastgood.dialects import plausible
from lastgood.dialects.shape import Shape
from lastgood.domain import times
from lastgood.domain.alarm import Comparison, Datapoint, Side

_COUNT = r"\d{1,9}"
_NUMBER = r"-?\d+(?:\.\d+)?(?:E-?\d{1,3})?"
_NUMBERS = rf"\[{_NUMBER}(?:, {_NUMBER})*\]"
_POINT = rf"{_NUMBER} \(\d\d/\d\d/\d\d \d\d:\d\d:\d\d\)"
_POINTS = rf"\[{_POINT}(?:, {_POINT})*\]"
_BELOW_BAND = rf"less than the lower thresholds {_NUMBERS}"
_ABOVE_BAND = rf"greater than the upper thresholds {_NUMBERS}"
_MISSING = (
    rf" and (?P<missing>{_COUNT}) missing datapoints? (?:was|were) treated as"
    r" \[(?P<treated>Breaching|NonBreaching)\]"
)

_CROSSED = re.compile(
    rf"Thresholds? Crossed: (?P<crossed>{_COUNT})"
    rf"(?: out of the last (?P<evaluated>{_COUNT}))? datapoints?(?: (?P<listed>{_POINTS}))?"
    r" (?:was|were) (?:(?P<side>greater|less) than (?P<or_equal>or equal to )?"
    rf"the threshold \((?P<threshold>{_NUMBER})\)"
    rf"|{_BELOW_BAND} or {_ABOVE_BAND}|{_BELOW_BAND}|{_ABOVE_BAND})"
    rf"(?:{_MISSING})?"
    rf"(?:\. The most recent datapoints? which crossed the thresholds?: (?P<recent>{_POINTS}))?"
    rf"(?: \(minimum {_COUNT} datapoints? for OK -> ALARM transition\))?\.?",
    re.ASCII,
)
_ABSENT = re.compile(
    rf"Thresholds? Crossed: (?P<crossed>no|{_COUNT}) datapoints? (?:was|were) received"
    rf" for (?P<evaluated>{_COUNT}) periods?{_MISSING}\.?",
    re.ASCII,
)

_COMPARED = re.compile(
    r"(?P<side>greater|less) than (?P<or_equal>or equal to )?"
    rf"the threshold \((?P<threshold>{_NUMBER})\)",
    re.ASCII,
)
_OF_CLOUDWATCH = re.compile(
    r"Thresholds? Crossed\b|arn:\S+ transitioned to OK\b|.*\btime series evaluated to OK\b"
)


class Reason(Shape, frozen=True, kw_only=True):
    """What the sentence says.

    `crossed` datapoints breached, of which `datapoints` are listed; `missing` more had no value and
    counted as breaching, `passed` had none and did not. `comparison` is None where the sentence
    names no single threshold.
    """

    crossed: int
    missing: int = 0
    passed: int = 0
    comparison: Comparison | None = None
    datapoints: tuple[Datapoint, ...] = ()
    evaluated: int | None = None


def parse_reason(text: object) -> Reason | None:
    """Parse the sentence; None where it is not exactly one of the known wordings."""
    if not isinstance(text, str):
        return None
    if crossed := _CROSSED.fullmatch(text):
        return _reason(crossed.groupdict())
    if absent := _ABSENT.fullmatch(text):
        return _reason(dict.fromkeys(_CROSSED.groupindex) | absent.groupdict())
    return None


def state_told(state: str, text: object) -> str:
    """The state; NO_DATA for an OK for want of data, and OK_MANUAL for one that was set by hand.

    Only CloudWatch's own sentences tell that it was not; where there is none nothing is told.
    """
    if state != "OK" or not isinstance(text, str) or not text:
        return state
    if not _OF_CLOUDWATCH.match(text):
        return "OK_MANUAL"
    reason = parse_reason(text)
    if reason is None:  # a longer or shorter wording of it, say
        return "NO_DATA" if "no datapoints were received" in text else "OK"
    return "NO_DATA" if not reason.crossed and reason.passed else "OK"


def comparison_named(text: object) -> Comparison | None:
    """The comparison that a sentence names, be it of the way to ALARM or of the way back."""
    named = _COMPARED.search(text) if isinstance(text, str) else None
    return _comparison(named.groupdict()) if named else None


def _reason(groups: dict[str, str | None]) -> Reason | None:
    counts = {
        name: int(digits)
        for name in ("crossed", "missing", "evaluated")
        if (digits := groups[name]) and digits != "no"
    }
    comparison = _comparison(groups)
    listed = _datapoints(groups["listed"] or groups["recent"] or "")
    if listed is None or (groups["side"] and comparison is None):
        return None
    if not all(map(plausible.count, counts.values())):
        return None
    absent, breaching = counts.get("missing", 0), groups["treated"] == "Breaching"
    return Reason(
        crossed=counts.get("crossed", 0),
        missing=absent if breaching else 0,
        passed=0 if breaching else absent,
        comparison=comparison,
        datapoints=listed,
        evaluated=counts.get("evaluated"),
    )


def _comparison(groups: dict[str, str | None]) -> Comparison | None:
    threshold = plausible.number(float(groups["threshold"] or "nan"))
    if threshold is None:
        return None
    side: Side = "above" if groups["side"] == "greater" else "below"
    return Comparison(side, or_equal=groups["or_equal"] is not None, threshold=threshold)


def _datapoints(listing: str) -> tuple[Datapoint, ...] | None:
    """Parse `[value (dd/mm/yy HH:MM:SS), …]`; None where one of them is no value or no date."""
    points = []
    for value, day, month, year, clock in re.findall(
        rf"({_NUMBER}) \((\d\d)/(\d\d)/(\d\d) ([\d:]{{8}})\)", listing, re.ASCII
    ):
        at = plausible.moment(f"20{year}-{month}-{day}T{clock}Z", times.parse_rfc3339)
        measured = plausible.number(float(value))
        if at is None or measured is None:
            return None
        points.append(Datapoint(at, measured))
    return tuple(points)
