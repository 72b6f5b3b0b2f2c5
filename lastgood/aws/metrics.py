"""The Metrics port as CloudWatch's embedded metric format: lines on stdout, no call.

Names, units and dimensions are in docs/reference/metrics.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lastgood.domain.alarm import OWN_NAMESPACE, Incident
from lastgood.domain.drills import Report
from lastgood.domain.events import announce_recovery
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import SEVERITY, Finding, Verdict


class EmfMetrics:
    """A line for each instance that was measured, each sweep and each recovery that ended.

    An instance is metadata of its line, which costs nothing. `per_instance` makes it a dimension as
    well, of its verdict or of all that was measured: each such metric is paid for by itself.
    """

    def __init__(self, per_instance: str = "none") -> None:
        self._per_instance = per_instance

    def emit(self, name: str, finding: Finding) -> None:
        """Print what was measured; an unknown duration is left out."""
        lengths = {
            "RestorableLag": finding.lag_seconds,
            "RestorableCoverage": finding.coverage_seconds,
            "LongestGap": finding.longest_gap_seconds,
        }
        _emit_finding(finding, lengths, {}, {"instance_name": name})
        if self._per_instance != "none":
            measured = lengths if self._per_instance == "all" else {}
            _emit_finding(finding, measured, {"instance": name}, {})

    def emit_sweep(self, counts: Mapping[Verdict, int]) -> None:
        """Print that the sweep of a cloud is complete: the heartbeat, and counts by verdict."""
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="verify")
        metrics.add_metric("SweepsCompleted", MetricUnit.Count, 1)
        _print(metrics)
        for verdict in SEVERITY:
            metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="verify")
            metrics.add_dimension("verdict", verdict)
            metrics.add_metric("Instances", MetricUnit.Count, counts.get(verdict, 0))
            _print(metrics)

    def emit_overdue(self, copies: int) -> None:
        """Print how many copies are overdue; zero as well, or the alarm would never end."""
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="verify")
        metrics.add_metric("OverdueCopies", MetricUnit.Count, copies)
        _print(metrics)

    def emit_recovery(self, incident: Incident, recovery: Recovery) -> None:
        """Print how a recovery ended; the times only if it restored the data."""
        event = announce_recovery(incident, recovery)
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="recover")
        metrics.add_dimension("outcome", recovery.state)
        metrics.add_metadata("correlation_id", incident.id)
        metrics.add_metadata("instance_id", incident.instance)
        if recovery.effect:
            metrics.add_metadata("effect", recovery.effect)
        metrics.add_metric("Recoveries", MetricUnit.Count, 1)
        if recovery.state == "settled":
            _add_seconds(metrics, TimeToRecover=event.rto_seconds, WritesLost=event.lost_seconds)
        _print(metrics)

    def emit_drill(self, report: Report) -> None:
        """Print how a drill ended; the times only if it proved something."""
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="recover")
        metrics.add_dimension("result", report.result or "")
        metrics.add_metadata("correlation_id", report.drill)
        metrics.add_metadata("instance_id", report.instance)
        metrics.add_metric("Drills", MetricUnit.Count, 1)
        if report.result == "proved":
            _add_seconds(metrics, DrillRto=report.rto_seconds, DrillRpo=report.rpo_seconds)
        _print(metrics)

    def emit_heartbeat(self) -> None:
        """Print that a heartbeat came; where none is printed, the way in may be broken."""
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="webhook")
        metrics.add_metric("Heartbeats", MetricUnit.Count, 1)
        _print(metrics)

    def emit_policy_kept(self, why: str) -> None:
        """Print that a broken policy was not used, and what is wrong in it."""
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="policy")
        metrics.add_metadata("reason", why)
        metrics.add_metric("BrokenPolicies", MetricUnit.Count, 1)
        _print(metrics)


def _emit_finding(
    finding: Finding,
    lengths: Mapping[str, int | None],
    dimensions: Mapping[str, str],
    metadata: Mapping[str, str],
) -> None:
    metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="verify")
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    known = {"instance_id": finding.instance, "verdict": finding.verdict, **metadata}
    for name, value in known.items():
        metrics.add_metadata(name, value)
    metrics.add_metric("Recoverable", MetricUnit.Count, int(finding.verdict == "ok"))
    _add_seconds(metrics, **lengths)
    _print(metrics)


def _add_seconds(metrics: EphemeralMetrics, **lengths: float | None) -> None:
    for name, seconds in lengths.items():
        if seconds is not None:
            metrics.add_metric(name, MetricUnit.Seconds, seconds)


def _print(metrics: EphemeralMetrics) -> None:
    """Write a line at once: `print` writes its end apart, and another thread logs in between."""
    line = json.dumps(metrics.serialize_metric_set(), separators=(",", ":"))
    sys.stdout.write(f"{line}\n")
