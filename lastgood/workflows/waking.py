"""Waking the executions that wait for a person, because there is something new to look at."""

from __future__ import annotations

from collections.abc import Iterator

from lastgood.domain.alarm import Incident, pairs_of
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan
from lastgood.workflows.world import World


def wake_outdated(incident: Incident, world: World) -> None:
    """Let every proposal be looked at again that an incident says something new about.

    That is its own, once more is known of it, and each of its instance that rests on a later onset.
    Asked at every delivery, so that a wake-up is not lost with whoever should have given it.

    Raises:
        WakeError: one of them could not be woken.
    """
    known = world.ledger.incident(incident.id) or incident
    told = [known] if known.id == incident.id else [known, incident]  # it joined an earlier one
    for recovery in _standing(incident.instance, world):
        plan = recovery.plan
        if recovery.state == "proposed" and plan and any(_is_news(one, plan) for one in told):
            wake(recovery, world)


def _is_news(known: Incident, plan: Plan) -> bool:
    """Whether what is known of an incident is more than a plan has taken into account.

    The plan may know more itself: what was measured at the source counts, whatever a message tells.
    """
    seen = plan.incident
    if seen.id != known.id:
        return known.onset < (plan.bad_since or seen.onset)
    if known.caution and not (seen.caution and known.caution in seen.caution):
        return True
    better = known.onset < seen.onset or known.known_by != seen.known_by
    return better and not seen.confirmed


def wake_proposals(instance: str, world: World) -> None:
    """Let every proposal of an instance be looked at again."""
    for recovery in _standing(instance, world):
        if recovery.state == "proposed":
            wake(recovery, world)


def _standing(instance: str, world: World) -> Iterator[Recovery]:
    """The recoveries of an instance, and its copies that go with the restores of others."""
    for chain in (instance, pairs_of(instance)):
        yield from world.ledger.standing(chain)


def wake(recovery: Recovery, world: World) -> None:
    """Wake the execution that waits for a word on what this recovery proposes, if one does."""
    approved, plan = recovery.approval, recovery.plan
    proposal = (approved and approved.proposal) or (plan.hash if plan else "")
    if callback := world.ledger.callback(recovery.incident, proposal):
        world.waker.wake(callback)
