"""What events say, field by field and in their sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.decide import decide
from lastgood.domain.events import (
    RecoverabilityEvent,
    RecoveryEvent,
    announce_finding,
    announce_recovery,
)
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Finding
from lastgood.domain.plan import Plan
from lastgood.domain.reading import History, Readings
from tests.support.builders import NOW, REDIS, at, incident, redis, redis_reading, suspect


def planned() -> Plan:
    """A proposal with another choice and a warning."""
    history = History(suspects=(suspect("11:30:00"),))
    made = decide(incident(), Readings(redis_reading()), redis(), history, NOW)
    assert isinstance(made, Plan)
    return made


def recovery(**changes: Any) -> Recovery:
    ordinary = Recovery(
        incident=incident().id, instance=REDIS, state="failed", changed_at=at("12:00:00")
    )
    return msgspec.structs.replace(ordinary, **changes)


def test_an_event_says_of_a_restore_what_was_planned_and_what_it_took_and_cost() -> None:
    done = recovery(
        state="settled",
        plan=planned(),
        sent_at=at("11:52:00.500"),
        job="job-1",
        verdict="pass",
        reason="all is well",
    )

    assert announce_recovery(incident(), done, "orders-cache") == RecoveryEvent(
        version=1,
        incident=incident().id,
        instance=REDIS,
        alarm="orders-cache-keys-low",
        changed_at=at("11:50:30"),
        onset=at("11:45:00"),
        onset_basis="datapoint",
        onset_detail="the first of 3 breaching datapoints, 2026-02-17T11:45:00Z",
        strength="datapoint",
        state="settled",
        at=at("12:00:00"),
        target=at("11:20:20"),
        restore_time="2026-02-17T19:20:20+0800",
        loss_seconds=1840,
        plan_hash=planned().hash,
        warnings=(
            (
                "by incident an-earlier-one, which nothing has settled, the data was bad since"
                " 2026-02-17T11:30:00Z: no more than a proposal"
            ),
        ),
        bad_since=at("11:30:00"),
        alternative=planned().alternative,
        job="job-1",
        took_seconds=480,
        rto_seconds=570,
        lost_seconds=1901,
        verdict="pass",
        reason="all is well",
        instance_name="orders-cache",
        undo_point="try",
        summary="orders-cache is restored to 2026-02-17T11:20:20Z",
    )


def test_an_event_of_what_was_never_planned_says_only_why() -> None:
    refused = recovery(state="refused", code="pitr-off", reason="PITR is off", hint="turn it on")

    assert announce_recovery(incident(strength=None), refused) == RecoveryEvent(
        version=1,
        incident=incident().id,
        instance=REDIS,
        alarm="orders-cache-keys-low",
        changed_at=at("11:50:30"),
        onset=at("11:45:00"),
        onset_basis="datapoint",
        onset_detail="the first of 3 breaching datapoints, 2026-02-17T11:45:00Z",
        state="refused",
        at=at("12:00:00"),
        code="pitr-off",
        reason="PITR is off",
        hint="turn it on",
        summary=f"{REDIS} is not restored: refused, PITR is off",
    )


def test_only_while_it_waits_for_a_person_an_event_says_until_when() -> None:
    waiting = announce_recovery(incident(), recovery(state="proposed", plan=planned()))
    sent = announce_recovery(incident(), recovery(state="accepted", plan=planned()))

    assert waiting.answer_by == at("12:21:00")
    assert sent.answer_by is None
    assert (sent.took_seconds, sent.rto_seconds, sent.lost_seconds) == (None, None, None)


SUMMARIES: dict[str, tuple[dict[str, Any], str]] = {
    "proposed": (
        {"state": "proposed", "plan": planned()},
        (
            "cache would be restored to 2026-02-17T11:20:20Z and lose 30m40s; answer until"
            " 2026-02-17T12:21:00Z"
        ),
    ),
    "proposed without a plan": (
        {"state": "proposed"},
        "cache is not restored: proposed, no reason was recorded",
    ),
    "accepted": (
        {"state": "accepted", "plan": planned()},
        "cache is being restored to 2026-02-17T11:20:20Z",
    ),
    "accepted without a plan": ({"state": "accepted"}, "cache is being restored to no moment"),
    "settled without a verdict": (
        {"state": "settled", "plan": planned(), "reason": "not validated: it timed out"},
        "cache is restored to 2026-02-17T11:20:20Z, not validated: it timed out",
    ),
    "failed": (
        {"state": "failed", "reason": "the job failed"},
        "the recovery of cache failed: the job failed",
    ),
    "handed over": (
        {"state": "handed-over", "reason": "the answer was lost"},
        "the recovery of cache needs a person: the answer was lost",
    ),
    "expired": (
        {"state": "expired"},
        "cache is not restored: expired, no reason was recorded",
    ),
}


@pytest.mark.parametrize(("changes", "summary"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_is_a_sentence_about_where_a_recovery_stands(
    changes: dict[str, Any], summary: str
) -> None:
    assert announce_recovery(incident(), recovery(**changes), "cache").summary == summary


def test_a_finding_is_announced_with_the_one_before_and_its_first_reason() -> None:
    finding = Finding(
        instance=REDIS,
        verdict="degraded",
        measured_at=NOW - timedelta(minutes=1),
        reasons=("it is old", "it is short"),
    )

    assert announce_finding("sweep-1", finding, "ok", "orders-cache") == RecoverabilityEvent(
        version=1,
        sweep="sweep-1",
        instance=REDIS,
        finding=finding,
        previous="ok",
        instance_name="orders-cache",
        summary="orders-cache is degraded: it is old",
    )
