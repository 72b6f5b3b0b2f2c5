"""When the outcome of the request is unknown: find out by reading, never by sending again.

The jobs of the instance that were there before the request are known from the intent. One that is
new since then is taken for ours; the service runs one operation at a time on an instance, and
right before the request it was idle. What the job is called is kept as evidence: the name that an
in-place restore has is not documented.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Literal

from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan
from lastgood.domain.restore import Accepted, Sighting, Unknown
from lastgood.ports import Flow, Pace
from lastgood.workflows.restoring import way_of
from lastgood.workflows.world import World

RECONCILING = Pace(timedelta(seconds=5), 1.5, timedelta(seconds=30), 30)
"""Thirty looks over a quarter of an hour: a job may be listed late, but not that late."""

NOTHING: dict[Literal["copy"] | None, str] = {
    None: "no job of the instance began after the request",
    "copy": "no instance of the copy's name is there",
}
"""What is not there, where nothing shows that a request was taken."""

REFUSED = Pace(timedelta(seconds=5), 2, timedelta(seconds=20), 3)
"""A few looks after a refusal, because a job may be listed late."""


def reconcile(plan: Plan, sent: Recovery, flow: Flow, world: World) -> Accepted | Unknown:
    """Look until a new job shows that the request was accepted; else tell the evidence."""
    way = way_of(plan)

    def found(seen: Sighting) -> bool:
        return any(way.is_ours(job, plan) for job in seen.jobs)

    seen = flow.poll("reconcile", lambda: _look(plan, sent, world), found, RECONCILING)
    match [job for job in seen.jobs if way.is_ours(job, plan)], seen.jobs:
        case [job], _:
            return way.taken(job)
        case [], ():
            return Unknown(f"{NOTHING[plan.way]}; {_evidence(seen)}")
    listed = ", ".join(f"{job.id} ({job.status})" for job in seen.jobs)
    return Unknown(f"it is not clear which {way.tracks} is ours: {listed}; {_evidence(seen)}")


def look_after_refusal(plan: Plan, sent: Recovery, flow: Flow, world: World) -> str | None:
    """What speaks against it that a refused request was not carried out; None if nothing does.

    Something between us and the service may duplicate a request, and the second be refused because
    of the first.
    """
    look = partial(_look, plan, sent, world)
    seen = flow.poll("look after the refusal", look, _shows, REFUSED)
    if seen.trouble:
        return f"and then {way_of(plan).unseen}: {seen.trouble}"
    new = ", ".join(job.id for job in seen.jobs)
    return f"and yet {new} began after the request" if new else None


def _shows(seen: Sighting) -> bool:
    return bool(seen.jobs)


def _look(plan: Plan, sent: Recovery, world: World) -> Sighting:
    try:
        jobs = way_of(plan).traces(plan, sent, world)
        state = way_of(plan).source(plan, world)
    except LastgoodError as error:
        return Sighting(trouble=error.message)
    return Sighting(tuple(job for job in jobs if job.id not in sent.jobs_before), state)


def _evidence(seen: Sighting) -> str:
    if seen.state is None:
        return f"the instance could not be seen: {seen.trouble}"
    return f"it is {seen.state.status}, {', '.join(seen.state.actions) or 'idle'}"
