"""Lengths and counts that pages give in words, against the constants that they describe."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from lastgood.domain import times
from lastgood.domain.checkup import TOLERATED_SKEW
from lastgood.domain.onset import LATENESS
from lastgood.domain.times import Duration
from lastgood.huawei import auth, registry, retrying, tokens
from lastgood.policy_source import MAX_AGE
from lastgood.ports import HOOK_TAKES
from lastgood.workflows import firing, lasting
from tests.docs.pages import section, text_of
from tests.template.test_template import TEMPLATE

WORDS = {"a": 1, "an": 1, "four": 4, "five": 5, "six": 6, "ten": 10}
UNITS = {"s": 1, "second": 1, "minute": 60, "hour": 3600}

CREDENTIALS = "docs/reference/credentials.md"
ERRORS = "docs/reference/errors.md"
POLICY = "docs/reference/policy.md"
RECOVERY = "docs/reference/recovery.md"


def seconds(length: str) -> float:
    """A length as people write it: `90 seconds`, `five minutes`, `an hour`, `15 s`."""
    count, unit = length.split()
    return (WORDS.get(count) or int(count)) * UNITS[unit.rstrip("s") or "s"]


@pytest.mark.parametrize(
    ("page", "sentence", "constant"),
    [
        (CREDENTIALS, r"valid for \*\*(\w+ \w+)\*\* around", TOLERATED_SKEW.total_seconds()),
        (CREDENTIALS, r"nor in another one within (\w+ \w+)", auth.STOPPED_FOR),
        (CREDENTIALS, r"doubles that time, up to (\w+ \w+)", auth.LONGEST_STOP),
        (CREDENTIALS, r"locks a key for (\w+ \w+)", auth.LOCKED_FOR),
        (CREDENTIALS, r"kept until (\w+ \w+) before it expires", tokens.MARGIN.total_seconds()),
        (CREDENTIALS, r"read again\*\* every (\w+ \w+)", registry.FRESH),
        (ERRORS, r"at most, within (\w+ \w+)", retrying.PATIENCE),
        (POLICY, r"and (\w+ \w+) of lateness", LATENESS.total_seconds()),
        (POLICY, r"within (\w+ \w+)\.", HOOK_TAKES.total_seconds()),
        (RECOVERY, r"sleeps, (\w+ \w+) at first", firing.PAUSE.total_seconds()),
        ("docs/reference/settings.md", r"at most (\w+ \w+) later", MAX_AGE.total_seconds()),
    ],
)
def test_a_length_is_that_of_the_code(page: str, sentence: str, constant: float) -> None:
    text = " ".join(text_of(page).split())
    (length,) = re.findall(sentence, text)

    assert seconds(length) == constant


@pytest.mark.parametrize(
    ("page", "sentence", "constant"),
    [
        (ERRORS, r"(\w+) attempts at most", retrying.ATTEMPTS),
        (RECOVERY, r"ends after (\w+) tries", firing.TURNS),
    ],
)
def test_a_count_is_that_of_the_code(page: str, sentence: str, constant: int) -> None:
    (count,) = re.findall(sentence, text_of(page))

    assert WORDS[count] == constant


def test_how_long_a_recovery_may_take_is_what_its_constants_come_to() -> None:
    page = " ".join(section("docs/reference/cli.md", "### How long a recovery may take").split())
    longest = sum(lasting.longest().values(), timedelta())
    given = timedelta(seconds=TEMPLATE["Parameters"]["RecoveryTimeout"]["Default"])

    assert f"At most {times.tell_duration(longest)} besides" in page
    assert f"leave {times.tell_duration(given - longest)} for the person" in page


def test_the_longest_duration_of_the_policy_is_the_one_on_the_page() -> None:
    (longest,) = re.findall(r"at most `(\d+)d`", text_of(POLICY))

    assert Duration.parse(f"{longest}d")
    with pytest.raises(ValueError, match="at most"):
        Duration.parse(f"{int(longest) + 1}d")
