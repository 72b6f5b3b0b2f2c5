"""What an alarm does after a restore, and what that says: early, late, twice, never, in doubt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain.alarm import Incident
from lastgood.domain.confirming import EVENT, RAW, AlarmRecord, Series
from lastgood.domain.effect import (
    CLOCKS,
    Source,
    Standing,
    Waiting,
    amended,
    judge,
    never_says_ok,
    shown,
    told_by,
)
from tests.support.builders import REDIS, at
from tests.support.scenes import incident

WENT_OFF, SENT, RESTORED, UNTIL = at("11:53:08"), at("11:54:00"), at("11:59:00"), at("12:14:00")
OK, WENT = "it went back to OK at", "it went to ALARM at"
DAY = "2026-02-17T"
WAITING = Waiting(
    incident=incident(), sent_at=SENT, accepted_at=SENT, restored_at=RESTORED, until=UNTIL
)


def heard(state: str, when: str, taken: str | None = None) -> Standing:
    return Standing(state=state, at=at(when), taken_at=at(taken or when))


def judged(
    last: Standing | None, now: str = "12:14:00", source: Source | None = None, **changes: Any
) -> tuple[str | None, str]:
    waiting = msgspec.structs.replace(WAITING, **changes)
    found = judge(waiting, last, source, at(now))
    return found.effect, found.detail.replace(DAY, "")


@pytest.mark.parametrize(
    ("last", "now", "effect", "detail"),
    [
        # never
        (None, "12:13:59", None, "it went to ALARM at 11:53:08Z"),
        (None, "12:14:00", "none", "it went to ALARM at 11:53:08Z and did not go back"),
        # in time
        (heard("OK", "12:03:00"), "12:03:10", "helped", f"{OK} 12:03:0"),
        (heard("OK", "11:59:00"), "11:59:10", "helped", f"{OK} 11:59:0"),
        (heard("OK", "12:14:00"), "12:14:00", "helped", f"{OK} 12:14:0"),
        # late
        (heard("OK", "12:14:01"), "12:14:30", "late", f"{OK} 12:14:01Z, 15m1s"),
        # early: before the request, too close to it, and while the restore ran
        (heard("OK", "11:52:00"), "11:59:10", None, "it went to ALARM at 11:53:08Z"),
        (heard("OK", "11:52:00"), "12:14:00", "none", "it went to ALARM at 11:53:08Z"),
        (heard("OK", "11:54:59"), "11:59:10", "unknown", f"{OK} 11:54:59Z, too close"),
        (heard("OK", "11:53:20"), "11:59:10", "unknown", f"{OK} 11:53:20Z, too close"),
        (heard("OK", "11:57:00"), "11:59:10", None, f"{OK} 11:57:00Z, while"),
        (heard("OK", "11:57:00"), "12:14:00", "helped", f"{OK} 11:57:00Z, while the restore ran,"),
        # twice: what came last counts
        (heard("ALARM", "12:04:00"), "12:05:00", None, "it went to ALARM at 12:04:00Z"),
        (heard("ALARM", "12:04:00"), "12:14:00", "none", "it went to ALARM at 12:04:00Z"),
        # neither red nor back
        (heard("NO_DATA", "12:04:00"), "12:05:00", None, "it went to NO_DATA"),
        (heard("NO_DATA", "12:04:00"), "12:14:00", "unknown", "it went to NO_DATA at"),
        # a clock that is ahead of ours
        (heard("OK", "12:03:00", "12:01:59"), "12:04:00", "unknown", "its sender's clock is 1m1s"),
        (heard("OK", "12:03:00", "12:02:00"), "12:04:00", "helped", "it went back to OK"),
    ],
)  # fmt: skip
def test_the_latest_transition_says_whether_it_helped(
    last: Standing | None, now: str, effect: str | None, detail: str
) -> None:
    found, told = judged(last, now)

    assert found == effect
    assert told.startswith(detail)


def test_an_alarm_that_was_back_before_the_request_says_nothing_of_the_restore() -> None:
    late = at("11:56:00")

    found, told = judged(heard("OK", "11:54:59"), "11:59:10", sent_at=late, accepted_at=late)

    assert found == "unknown"
    assert told == f"{OK} 11:54:59Z, before the request of 11:56:00Z"


def test_what_was_known_before_the_request_is_no_effect_whatever_the_clocks_say() -> None:
    known = at("11:57:00")

    found, told = judged(heard("OK", "11:57:00"), "12:14:00", heard_at=known)

    assert (found, told) == ("unknown", f"{OK} 11:57:00Z, too close to 11:54:00Z, the request")


def test_while_the_request_may_not_have_left_yet_no_way_back_is_an_effect() -> None:
    stalled = at("11:57:00")

    assert judged(heard("OK", "11:58:00"), "12:14:00", accepted_at=stalled)[0] == "unknown"
    assert judged(heard("OK", "11:58:01"), "12:14:00", accepted_at=stalled)[0] == "helped"


def test_an_alarm_that_came_from_the_future_leaves_a_doubt() -> None:
    early = msgspec.structs.replace(incident(), changed_at=SENT + CLOCKS + timedelta(seconds=5))

    found, told = judged(heard("OK", "12:03:00"), incident=early)

    assert (found, told) == ("unknown", "its sender's clock is 1m5s ahead of ours, or more")


def test_of_two_transitions_at_one_time_the_one_that_is_not_ok_counts() -> None:
    ok, red = heard("OK", "12:03:00"), heard("ALARM", "12:03:00")

    assert ok.outdated_by(red)
    assert not red.outdated_by(ok)
    assert not red.outdated_by(red)


def test_where_nothing_can_be_awaited_that_is_said_at_once() -> None:
    assert judged(None, "11:59:01", vain="nobody waits") == ("unknown", "nobody waits")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("person:2026-02-17T11:48:00Z", "a person asked for it"),
        ("request:0f2b7e6c5d4a4b3c", "a pipeline asked for it"),
        ("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:x", None),
        ("cloudeye:al1604473987569z6n6nkpm1:x", None),
    ],
)
def test_who_asks_once_never_takes_it_back(source: str, why: str | None) -> None:
    found = never_says_ok(msgspec.structs.replace(incident(), source=source))

    assert found == (f"{why}, and no alarm can go back to OK" if why else None)


STATES = st.sampled_from(["ALARM", "OK", "NO_DATA"])
MOMENTS = st.integers(-600, 2400).map(lambda seconds: SENT + timedelta(seconds=seconds))


@given(state=STATES, moment=MOMENTS, taken=MOMENTS, now=MOMENTS)
def test_only_an_ok_that_surely_came_after_the_request_helped(
    state: str, moment: datetime, taken: datetime, now: datetime
) -> None:
    last = Standing(state=state, at=moment, taken_at=taken)

    found = judge(WAITING, last, None, now)

    if found.effect in {"helped", "late"}:
        assert state == "OK"
        assert moment > SENT + CLOCKS
        assert taken > SENT
    if now >= UNTIL:
        assert found.effect is not None


# Asked at the source.

RED = "it went to ALARM at 11:53:08Z and did not go back to OK within 15m"
RULE = "al1604473987569z6n6nkpm1"
CLUSTER = f"redis_cluster_id:{REDIS}"


def asked_of(**changes: Any) -> Source:
    return told_by([record(**changes)], of_cloud_eye(), UNTIL, timedelta(seconds=4))


def of_cloud_eye() -> Incident:
    source = f"cloudeye:{RULE}:{CLUSTER}"
    metric = "SYS.NoSQL/redis_db_keys"
    return msgspec.structs.replace(incident("incident-e"), source=source, metric=metric)


def record(period: int = RAW, **changes: Any) -> AlarmRecord:
    ordinary = AlarmRecord(
        status="alarm",
        series=Series(
            namespace="SYS.NoSQL",
            name="redis_db_keys",
            dimensions=(("redis_cluster_id", REDIS),),
            period=period,
            statistic="average",
        ),
        operator="<",
        threshold=1000.0,
        count=1,
        began_at=WENT_OFF,
        last_at=WENT_OFF,
    )
    return msgspec.structs.replace(ordinary, **changes)


def test_a_record_is_read_by_our_clock() -> None:
    four = timedelta(seconds=4)

    assert asked_of() == Source(state="ALARM", at=WENT_OFF + four, asked_at=UNTIL)
    assert asked_of(status="ok", recovered_at=at("12:03:00")) == Source(
        state="OK", at=at("12:03:00") + four, asked_at=UNTIL
    )
    assert asked_of(status="ok") == Source(state="OK", asked_at=UNTIL)
    assert asked_of(status="invalid").doubt == "its record is invalid"
    assert asked_of(period=EVENT).state == "EVENT"


def test_only_the_newest_record_of_this_very_alarm_counts() -> None:
    other = Series(
        namespace="SYS.NoSQL",
        name="redis_db_keys",
        dimensions=(("redis_cluster_id", "another"),),
        period=RAW,
        statistic="average",
    )
    back = record(status="ok", recovered_at=at("12:03:00"))
    again = record(began_at=at("12:05:00"))
    found = [back, again, record(series=other, began_at=at("12:09:00"))]

    assert told_by(found, of_cloud_eye(), UNTIL, timedelta()).at == at("12:05:00")
    old = [record(began_at=at("09:00:00"))]
    assert told_by(old, of_cloud_eye(), UNTIL, timedelta()).doubt == (
        "it has no record of this alarm"
    )


@pytest.mark.parametrize(
    ("last", "source", "effect", "detail"),
    [
        # what was lost on its way is seen at the source
        (None, asked_of(status="ok", recovered_at=at("12:03:00")), "helped", f"{OK} 12:03:04Z"),
        (heard("OK", "12:03:00"), asked_of(began_at=at("12:05:00")), "none", f"{WENT} 12:05:04Z"),
        (None, asked_of(), "none", f"{WENT} 11:53:12Z"),
        # what both do not agree on is a doubt
        (heard("OK", "12:03:00"), asked_of(), "unknown", "it went to OK at 12:03:00Z, but"),
        (None, asked_of(status="ok"), "unknown", "it went to ALARM at 11:53:08Z, and"),
        (None, asked_of(period=EVENT), "unknown", "Cloud Eye has it as an event"),
        # one that is no help leaves it to the messages
        (None, asked_of(status="invalid"), "none", f"{RED} (Cloud Eye: its record is invalid)"),
        (heard("OK", "12:03:00"), asked_of(status="invalid"), "helped", "it went back to OK"),
    ],
)  # fmt: skip
def test_cloud_eye_that_is_asked_counts_as_much_as_its_messages(
    last: Standing | None, source: Source, effect: str, detail: str
) -> None:
    found, told = judged(last, source=source)

    assert (found, told[: len(detail)]) == (effect, detail)


def test_a_message_that_the_source_does_not_confirm_is_waited_with() -> None:
    assert judged(heard("OK", "12:03:00"), "12:04:00", asked_of())[0] is None


# What comes in after the end.


@pytest.mark.parametrize(
    ("last", "effect", "detail"),
    [
        (heard("OK", "12:20:00"), "late", f"{OK} 12:20:00Z, 21m after the restore"),
        (heard("OK", "12:03:00", "12:40:00"), "late", f"{OK} 12:03:00Z; that came in at 12:4"),
        (heard("OK", "11:54:30", "12:40:00"), "unknown", f"{OK} 11:54:30Z, too close"),
        (heard("NO_DATA", "12:20:00"), "unknown", "it went to NO_DATA"),
        (heard("ALARM", "12:20:00"), None, ""),
    ],
)  # fmt: skip
def test_a_transition_after_the_end_amends_what_was_said(
    last: Standing, effect: str | None, detail: str
) -> None:
    blank = msgspec.structs.replace(WAITING, until=RESTORED)

    found = amended(blank, UNTIL, last)

    assert (found.effect if found else None) == effect
    assert found is None or found.detail.replace(DAY, "").startswith(detail)


def test_each_effect_has_a_sentence() -> None:
    assert shown("helped", "x") == "its alarm is OK: x"
    assert shown("none", "x") == "its alarm is still red: x"
    assert shown("unknown", "x") == "whether it helped is not known: x"
    assert shown("late", "x") == "its alarm is OK, late: x"
