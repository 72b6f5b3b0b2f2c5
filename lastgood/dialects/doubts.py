"""Why an alarm of CloudWatch that was understood is still never acted on without a person.

Its datapoints are what it compared, which need not be what was measured: an expression may hide a
bad value or make one up, slots without a value may have passed for good, and the threshold may be
what has changed, not the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lastgood.dialects.evidence import AlarmFields, shows_good_before
from lastgood.dialects.reason import Reason, comparison_named
from lastgood.domain.alarm import Evidence

_OPERAND = r"(?:\d+(?:\.\d+)?|[a-z][A-Za-z0-9_]*(?!\s*\())"
_BEFORE = r"(?:[\s(+-]|(?:ABS|CEIL|FLOOR|PERIOD)\s*\()*"
_ARITHMETIC = rf"{_BEFORE}{_OPERAND}(?:[\s)]*[-+*/]{_BEFORE}{_OPERAND})*[\s)]*"
"""Each value follows from values of the same period, all of which have to be there.

So it does with these four functions. Those over several metrics do without the ones that are
missing, or let a good one hide a bad one; a comparison or `IF` puts another value in the place of
the bad one; `DIFF` and `RATE` look back over silences; others make values up.
"""
_BAND = r"\s*ANOMALY_DETECTION_BAND\(\s*[a-z]\w*\s*(?:,\s*[\d.]+\s*)?\)\s*"
"""What a metric is compared with, beside the metric itself."""
_INSIGHTS = r"(?is:\s*SELECT\s.*)"
"""A query of Metrics Insights, which selects values as they are."""
_HARMLESS = re.compile(rf"{_ARITHMETIC}|{_BAND}|{_INSIGHTS}", re.ASCII)
_COUNTS = {"", "missing", "breaching", "evaluate"}
"""How an alarm treats slots without a value, or with few samples, that do not pass for good."""


def hides_values(*expressions: object) -> bool:
    """Whether an expression may hide a measured value, or make up one that was not."""
    given = filter(None, expressions)
    return not all(isinstance(text, str) and _HARMLESS.fullmatch(text) for text in given)


def of_expressions(*expressions: object) -> Iterator[str]:
    """What speaks against values that an expression gives."""
    if hides_values(*expressions):
        yield "the alarm's expression may hide values that are bad, or make them up"


def of_silence(evidence: Evidence, reason: Reason | None, *treatments: object) -> Iterator[str]:
    """What speaks against the first bad value, where no good one is listed before it.

    A treatment is told by SNS, in the text of old messages as `- TreatMissingData: ignore`.
    """
    told = (text.rpartition(":")[2].strip() for text in treatments if isinstance(text, str))
    lenient = any(text.lower() not in _COUNTS for text in told) or (reason and reason.passed)
    if lenient and not shows_good_before(evidence):
        yield (
            "periods without a value pass for good or are ignored, and no good value is listed"
            " before the first bad one"
        )


def of_edits(
    was: AlarmFields, was_told: object, now: AlarmFields, now_told: object
) -> Iterator[str]:
    """What speaks against an alarm that compares another way than when it was OK."""
    before, after = comparison_named(was_told), comparison_named(now_told)
    compared = (
        ((was.threshold, before and before.threshold), (now.threshold, after and after.threshold)),
        ((before and before.side,), (after and after.side,)),
        ((before and before.or_equal,), (after and after.or_equal,)),
        ((was.period,), (now.period,)),
        ((was.statistic,), (now.statistic,)),
    )
    if any(_differ(then, today) for then, today in compared):
        yield "the alarm was edited since it was OK: it compares another way than it did then"


def _differ(before: Iterable[object], after: Iterable[object]) -> bool:
    was, now = (set(told) - {None} for told in (before, after))
    return bool(was and now and was != now)
