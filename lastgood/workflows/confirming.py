"""Asking Cloud Eye about an alarm of its own, where the policy wants that."""

from __future__ import annotations

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.confirming import (
    MOST_DATAPOINTS,
    Asked,
    choose_record,
    concerns,
    rule_of,
    span_of,
    why_unmeasured,
)
from lastgood.domain.policy import Instance
from lastgood.ports import CloudError, CloudEye
from lastgood.workflows.world import World


def ask(incident: Incident, earlier: Incident, instance: Instance, world: World) -> Asked | None:
    """Ask about an incident; None where the policy does not want it, or no such alarm opened it.

    `earlier` is the incident as a plan has it, perhaps measured by then. Cloud Eye that cannot be
    asked is an answer as well: what is not confirmed may be proposed.
    """
    if instance.confirm != "cloud-eye" or not concerns(incident):
        return None
    try:
        asked = _ask(incident, instance, world.cloud_eye(instance.cloud))
    except CloudError as error:
        # Not the whole error: it names each request, and every look would find another reason.
        asked = Asked(doubt=f"it could not be asked ({error.trouble})")
    return msgspec.structs.replace(asked, before=earlier if earlier.confirmed else None)


def _ask(incident: Incident, instance: Instance, eye: CloudEye) -> Asked:
    rule = rule_of(incident)
    if rule is None:
        return Asked(doubt="its message names no alarm rule")
    record = choose_record(incident, instance, eye.records(rule))
    if isinstance(record, str):
        return Asked(doubt=record)
    if doubt := why_unmeasured(record):
        return Asked(record=record, doubt=doubt)
    datapoints = tuple(eye.datapoints(record.series, *span_of(incident, record)))
    if len(datapoints) > MOST_DATAPOINTS:
        return Asked(record=record, doubt=f"it gave {len(datapoints)} datapoints")
    skew = eye.skew()
    return Asked(
        record=record,
        datapoints=datapoints,
        skew_seconds=None if skew is None else round(skew.total_seconds()),
    )
