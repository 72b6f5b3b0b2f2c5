"""What people are told of a restore to a new instance, which overwrites nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.notices import Notice, tell_event
from lastgood.domain.plan import Refusal
from lastgood.domain.restore import Refused, Unknown
from lastgood.workflows.copies import look_after
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.operator import approve, reject
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import RDS, at
from tests.support.copies import bad_rows, copied, recovered, world_by_copy
from tests.support.fakes import FakeFlow, FakeWorld


def told(world: FakeWorld) -> list[Notice]:
    """What reached a person of everything that was published."""
    notices = (tell_event(kind, detail) for kind, detail in world.publisher.published)
    return [notice for notice in notices if notice]


def summaries(world: FakeWorld) -> list[Any]:
    return [detail["summary"] for _, detail in world.publisher.published]


PROPOSAL = f"""\
a copy of orders-db as of 2026-02-17T11:27:59Z would be made, which lacks the last 26m1s; nothing \
is overwritten; answer until 2026-02-17T12:24:00Z.
Alarm: orders-db-rows-dropped, 2026-02-17T11:53:08Z
Bad since: 2026-02-17T11:48:00Z (datapoint), the first of 1 breaching datapoints
Another alarm says: bad since 2026-02-17T11:30:00Z
Target: 2026-02-17T11:27:59Z, the writes of 26m1s after it would not be in the copy
Warning: by incident earlier, which nothing has settled, the data was bad since \
2026-02-17T11:30:00Z: no more than a proposal

Approve:
lastgood approve incident-1 --plan HASH-1

Or copy it as of 2026-02-17T11:45:59Z, without 8m1s, risk bad data:
lastgood approve incident-1 --plan HASH-2

If the data is good:
lastgood dismiss incident-1 --reason "the data is good"

If it is bad, and not to be copied:
lastgood reject incident-1 --reason "no copy"

Details:
lastgood status incident-1

{RDS} proposed HASH-1"""


def test_a_proposal_can_be_answered_from_its_text_and_what_is_made_is_told() -> None:
    world = world_by_copy(mode="propose")
    start(msgspec.structs.replace(bad_rows("earlier"), onset=at("11:30:00")), world)
    flow = FakeFlow()

    def answer() -> None:
        flow.while_asleep = lambda: None
        ((subject, text),) = told(world)
        assert subject == "lastgood: orders-db: approve a copy?"
        hashes = [line.rpartition(" ")[2] for line in text.splitlines() if "--plan" in line]
        expected = PROPOSAL.replace("HASH-1", hashes[0]).replace("HASH-2", hashes[1])
        assert text == expected
        approve("incident-1", hashes[1], "ada", world)

    flow.while_asleep = answer

    recovery = recover(bad_rows(), flow, world)

    assert recovery.state == "settled"
    assert recovery.copy is not None
    _, (subject, text) = told(world)
    assert subject == "lastgood: the copy of orders-db is ready"
    name, made = recovery.copy.name, recovery.copy.id
    assert text == READY.format(name=name, id=made)
    assert summaries(world) == [
        *summaries(world)[:1],
        "a copy of orders-db as of 2026-02-17T11:45:59Z is being made",
        "a copy of orders-db as of 2026-02-17T11:45:59Z is ready",
        "the copy of orders-db as of 2026-02-17T11:45:59Z is ready: nothing was overwritten",
    ]


READY = """\
the copy of orders-db as of 2026-02-17T11:45:59Z is ready: nothing was overwritten.
Address: 192.168.0.20, port 3306
Password of its administrator: the secret lastgood/copies/{name}
It is as of 2026-02-17T11:45:59Z: the writes of 8m1s until 2026-02-17T11:54:00Z are not in it
It costs 0.5 an hour, 0.00 so far
Only a person deletes it: switch over to it, or take rows from it, then say which

Keep it:
lastgood copies keep {name}

Delete it:
lastgood copies delete {name}

{name} ({id}), incident-1"""


def test_an_event_says_that_it_is_by_copy_and_which_copy_it_is() -> None:
    world = world_by_copy()
    recovery = recovered(world)
    assert recovery.copy is not None

    completed = dict(world.publisher.published)["Recovery Completed"]

    assert completed["way"] == "copy"
    assert completed["copy"] == {"name": recovery.copy.name, "id": recovery.copy.id}


def test_a_copy_that_is_not_made_is_told_as_such() -> None:
    world = world_by_copy()
    world.rdses["prod"].outcomes = [Refused("DBS.280450", "the flavor is sold out")]
    recovered(world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: orders-db is not copied"
    assert text.startswith("no copy of orders-db is made: refused, DBS.280450: the flavor is")


def test_a_copy_of_which_nothing_is_known_needs_a_person() -> None:
    world = world_by_copy()
    world.rdses["prod"].outcomes = [Unknown("the answer was lost")]
    recovered(world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: orders-db: its copy needs you"
    assert "the writes of 8m1s after it are not in the copy" in text
    assert "Its copy, of which no id is known, may run" in text


def test_whoever_is_told_that_a_recovery_failed_is_told_of_the_copy_that_it_left() -> None:
    world = world_by_copy()
    world.rdses["prod"].unbacked = {"0" * 32 + "in01"}
    recovery = recovered(world)

    ((_, text),) = told(world)

    assert recovery.state == "handed-over"
    assert recovery.copy is not None
    assert (
        f"Its copy {recovery.copy.id} may run, and costs until it is deleted\n\n"
        "Delete it, if it is of no use:\n"
        f"lastgood copies delete {recovery.copy.name}\n"
    ) in text


def test_what_a_person_rejects_is_no_copy() -> None:
    world = world_by_copy(mode="propose")
    flow = FakeFlow()
    flow.while_asleep = lambda: reject("incident-1", "a test", "ada", world)
    recover(bad_rows(), flow, world)

    assert summaries(world)[-1] == "no copy of orders-db is made: rejected, ada: a test"


def test_a_reminder_says_what_a_copy_has_cost_and_a_deletion_needs_nobody() -> None:
    world = world_by_copy()
    copied(world)
    world.now.pass_(timedelta(hours=24))
    look_after("prod", world)
    world.rdses["prod"].databases.clear()
    look_after("prod", world)

    ((subject, text),) = told(world)

    assert subject == "lastgood: the copy of orders-db is still there"
    assert text.splitlines()[0] == (
        "the copy of orders-db as of 2026-02-17T08:30:00Z may still exist, which has cost 13.45 so"
        " far."
    )
    assert "It costs 0.5 an hour, 13.45 so far" in text
    assert "Only a person deletes it" not in text


def test_a_copy_that_cannot_be_read_and_has_no_price_is_told_all_the_same() -> None:
    world = world_by_copy()
    copied(world, id=None, stage="ordered")
    world.rdses["prod"].databases.clear()
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=())
    world.now.pass_(timedelta(hours=24))
    look_after("prod", world)

    ((subject, text),) = told(world)

    assert subject == f"lastgood: the copy of {RDS} is still there"
    assert "Address: read it in the console\n" in text
    assert "an hour" not in text
    assert text.endswith("lastgood-drill-1-0123abcd (no id known), drill-1")


def test_a_copy_that_would_lack_too_much_is_refused_in_its_own_words() -> None:
    world = world_by_copy()
    world.now.pass_(timedelta(hours=9))

    found = consider(bad_rows(), world)

    assert isinstance(found, Decided)
    assert isinstance(found.decision, Refusal)
    assert found.decision.code == "loss-too-large"
    assert found.decision.message.startswith(
        "a copy as of 2026-02-17T11:45:59Z would lack the writes of 9h8m1s, more than max_rollback"
    )


@pytest.mark.parametrize("kind", ["Copy Deleted", "Copy Anything"])
def test_other_events_of_copies_need_nobody(kind: str) -> None:
    assert tell_event(kind, {}) is None
