"""What the head of an instance remembers of its incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest

from lastgood.domain.decide import decide
from lastgood.domain.lifecycle import (
    FOR_A_PERSON,
    MOST_SUSPECTS,
    MOVES,
    Head,
    IllegalMoveError,
    Recovery,
    State,
    UnsettledError,
    begin,
    claim,
    fail,
    hold,
    move,
    raise_for_person,
)
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.reading import History, PastRecovery, Readings
from tests.support.builders import (
    NOW,
    REDIS,
    at,
    incident,
    recovered,
    redis,
    redis_reading,
    suspect,
)


def remembered(head: Head) -> list[str]:
    return [one.incident for one in head.suspects]


def test_an_incident_is_remembered_with_its_onset_until_it_is_let_go() -> None:
    head = Head().suspecting(incident()).starting(incident().id)

    (suspect,) = head.suspects
    assert (suspect.incident, suspect.onset) == (incident().id, at("11:45:00"))
    assert (suspect.source, suspect.changed_at) == (incident().source, at("11:50:30"))
    assert head.unstarted == (incident().id,)
    gone = head.without_suspect(incident().id)
    assert (gone.suspects, gone.unstarted) == ((), ())


def test_what_is_better_known_of_an_incident_takes_the_place_of_what_was_known() -> None:
    head = Head().suspecting(incident(id="one")).suspecting(incident(id="two"))

    better = head.suspecting(incident(id="two", onset=at("11:30:00")))

    assert remembered(better) == ["two", "one"]
    assert remembered(better.without_suspect("another")) == ["two", "one"]


def test_of_too_many_incidents_one_close_after_another_is_forgotten_and_neither_end() -> None:
    head = Head()
    for number in range(MOST_SUSPECTS):
        onset = at("00:00:00") + timedelta(minutes=2 * number)
        head = head.suspecting(incident(id=f"{number}", onset=onset))

    late = at("00:00:00") + timedelta(minutes=2 * MOST_SUSPECTS)
    latest = head.suspecting(incident(id="latest", onset=late))
    close = head.suspecting(incident(id="close", onset=at("03:00:01")))

    assert len(latest.suspects) == len(close.suspects) == MOST_SUSPECTS
    assert remembered(latest)[0] == "0"
    assert remembered(latest)[-1] == "latest"
    assert "close" not in remembered(close)
    assert set(remembered(close)) == set(remembered(head))


def test_a_move_that_the_table_does_not_hold_is_an_error() -> None:
    ended = fail("incident-1", "instance-1", "unreadable", at("11:54:00"))

    with pytest.raises(IllegalMoveError, match="incident-1: failed does not go to claimed"):
        move(ended, "claimed", at("11:55:00"))


def ended(state: State, hint: str | None = None) -> Recovery:
    return Recovery(
        incident="incident-1",
        instance=REDIS,
        state=state,
        changed_at=at("12:00:00"),
        reason="the job 1 failed",
        hint=hint,
    )


@pytest.mark.parametrize("state", sorted(FOR_A_PERSON))
def test_an_end_that_a_person_has_to_look_at_says_what_happened_and_what_to_do(
    state: State,
) -> None:
    with pytest.raises(UnsettledError) as told:
        raise_for_person(ended(state, "open the console"))

    what = f"incident-1 on {REDIS} is {state}: the job 1 failed"
    assert str(told.value) == f"{what}\nTry: open the console"
    with pytest.raises(UnsettledError, match=r"\nTry: lastgood status incident-1$"):
        raise_for_person(ended(state))


def test_every_other_state_needs_nobody() -> None:
    for state in set(get_args(State)) - FOR_A_PERSON:
        raise_for_person(ended(state))
    assert FOR_A_PERSON.isdisjoint(MOVES)


LAST = recovered("11:50:00", target=at("11:30:00"))


@pytest.mark.parametrize(
    ("last", "known", "better", "counts"),
    [
        pytest.param(LAST, "11:30:01", "11:30:00", True, id="at its target, and not known before"),
        pytest.param(LAST, "11:30:01", "11:30:01", False, id="after its target"),
        pytest.param(LAST, "11:30:00", "11:29:00", False, id="its target was bad as it was known"),
        pytest.param(
            recovered("11:50:00", target=at("11:30:00"), restored=False),
            *("11:45:00", "11:20:00"),
            False,
            id="it restored nothing",
        ),
        pytest.param(None, "11:45:00", "11:20:00", False, id="there was none"),
    ],
)
def test_what_is_better_known_of_a_settled_incident_counts_where_its_restore_went_not_far_enough(
    last: PastRecovery | None,
    known: str,
    better: str,
    counts: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    settled = Head(last_recovery=last)

    assert settled.doubts(incident(onset=at(known)), incident(onset=at(better))) is counts


def test_an_incident_that_could_not_be_decided_has_failed_for_the_reason_that_is_given() -> None:
    assert fail("incident-1", REDIS, "unreadable", at("11:54:00")) == Recovery(
        incident="incident-1",
        instance=REDIS,
        state="failed",
        changed_at=at("11:54:00"),
        reason="unreadable",
    )


def test_an_incident_that_is_refused_keeps_the_grounds_of_that() -> None:
    refusal = Refusal(incident=incident(), code="pitr-off", message="it is off", hint="turn it on")

    assert begin(refusal, REDIS, "incident-1", at("11:54:00")) == Recovery(
        incident="incident-1",
        instance=REDIS,
        state="refused",
        changed_at=at("11:54:00"),
        code="pitr-off",
        reason="it is off",
        hint="turn it on",
    )


def planned(**changes: Any) -> Plan:
    made = decide(incident(**changes), Readings(redis_reading()), redis(), History(), NOW)
    assert isinstance(made, Plan)
    return made


def test_what_is_known_of_an_instance_is_what_a_decision_wants_to_know() -> None:
    head = Head(active="another", last_recovery=LAST, suspects=(suspect("11:20:00"),))

    assert head.history() == History(last=LAST, active="another", suspects=(suspect("11:20:00"),))


def test_a_claim_keeps_when_it_was_made_whether_a_person_was_asked_or_not() -> None:
    at_once = claim(None, planned(), at("12:00:00"))
    approved = move(
        begin(planned(), REDIS, incident().id, at("11:51:00")), "approved", at("11:55:00")
    )

    assert at_once == Recovery(
        incident=incident().id,
        instance=REDIS,
        state="claimed",
        changed_at=at("12:00:00"),
        plan=planned(),
        claimed_at=at("12:00:00"),
    )
    assert claim(approved, planned(), at("12:00:00")) == at_once


ID = incident().id
BEFORE = Head(
    seq=4,
    hash="of-the-fourth",
    active=ID,
    open=("one", ID, "two"),
    latest_incident="two",
    unstarted=("three", ID),
    suspects=(suspect("11:40:20", "at-the-target"), suspect("11:40:21", "after-it")),
)
FIRING = Recovery(
    incident=ID,
    instance=REDIS,
    state="firing",
    changed_at=at("12:00:00"),
    plan=planned(),
    sent_at=at("12:00:01"),
    job="job-1",
)
PAST = PastRecovery(
    incident=ID,
    target=at("11:40:20"),
    ended_at=at("12:10:00"),
    restored=False,
    running=True,
    job="job-1",
    sent_at=at("12:00:01"),
)
RELEASED = msgspec.structs.replace(
    BEFORE, active=None, open=("one", "two"), latest_incident=ID, unstarted=("three",)
)
HELD: dict[str, tuple[dict[str, Any], dict[str, Any], Head]] = {
    # what differs before the move and after it, and what the head is then
    "it goes on": (
        {},
        {"state": "accepted"},
        msgspec.structs.replace(RELEASED, active=ID, open=("one", "two", ID)),
    ),
    "its restore may still run": (
        {},
        {"state": "handed-over"},
        msgspec.structs.replace(RELEASED, last_recovery=PAST),
    ),
    "its restore had ended when it was handed over": (
        {"state": "restored"},
        {"state": "handed-over"},
        msgspec.structs.replace(
            RELEASED, last_recovery=msgspec.structs.replace(PAST, running=False)
        ),
    ),
    "it failed": (
        {"state": "accepted"},
        {"state": "failed"},
        msgspec.structs.replace(
            RELEASED, last_recovery=msgspec.structs.replace(PAST, running=False)
        ),
    ),
    "it settled what was bad after its target": (
        {"state": "validated"},
        {"state": "settled"},
        msgspec.structs.replace(
            RELEASED,
            last_recovery=msgspec.structs.replace(PAST, running=False, restored=True),
            suspects=(suspect("11:40:20", "at-the-target"),),
        ),
    ),
    "what it measured itself takes the place of what its message told": (
        {"state": "validated"},
        {"state": "settled", "incident": "at-the-target", "plan": planned(confirmed=True)},
        msgspec.structs.replace(
            RELEASED,
            open=("one", ID, "two"),
            latest_incident="at-the-target",
            unstarted=("three", ID),
            last_recovery=msgspec.structs.replace(
                PAST, incident="at-the-target", running=False, restored=True
            ),
            suspects=(),
        ),
    ),
    "nothing was carried out": ({}, {"state": "refused"}, RELEASED),
    "it is proposed anew": (
        {"state": "claimed"},
        {"state": "proposed"},
        msgspec.structs.replace(RELEASED, open=("one", "two", ID)),
    ),
    "nothing was sent": ({"state": "claimed"}, {"state": "handed-over", "sent_at": None}, RELEASED),
    "it held nothing": (
        {"state": "proposed"},
        {"state": "expired"},
        msgspec.structs.replace(RELEASED, active=ID),
    ),
}


@pytest.mark.parametrize(("before", "after", "head"), HELD.values(), ids=HELD)
def test_a_move_leaves_an_instance_held_or_free_and_with_what_it_undid(
    before: dict[str, Any], after: dict[str, Any], head: Head
) -> None:
    moved = msgspec.structs.replace(FIRING, changed_at=at("12:10:00"), **after)

    assert hold(BEFORE, msgspec.structs.replace(FIRING, **before), moved) == head
