"""The Metrics port as CloudWatch's embedded metric format: lines on stdout, no call.

Names, units and dimensions are in docs/reference/metrics.md.
"""

from __future__ import annotations

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lastgood.domain.alarm import OWN_NAMESPACE, Incident
from lastgood.domain.events import announce_recovery
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Finding


class EmfMetrics:
    """One line for each instance that was measured, and one for each recovery that ended."""

    def emit(self, name: str, finding: Finding) -> None:
        """Print what was measured; an unknown duration is left out."""
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="verify")
        metrics.add_dimension("instance", name)
        metrics.add_metadata("instance_id", finding.instance)
        metrics.add_metadata("verdict", finding.verdict)
        metrics.add_metric("Recoverable", MetricUnit.Count, int(finding.verdict == "ok"))
        _add_seconds(
            metrics,
            RestorableLag=finding.lag_seconds,
            RestorableCoverage=finding.coverage_seconds,
            LongestGap=finding.longest_gap_seconds,
        )
        metrics.flush_metrics()

    def emit_recovery(self, incident: Incident, recovery: Recovery) -> None:
        """Print how a recovery ended; the times only if it restored the data."""
        event = announce_recovery(incident, recovery)
        metrics = EphemeralMetrics(namespace=OWN_NAMESPACE, service="recover")
        metrics.add_dimension("outcome", recovery.state)
        metrics.add_metadata("correlation_id", incident.id)
        metrics.add_metadata("instance_id", incident.instance)
        metrics.add_metric("Recoveries", MetricUnit.Count, 1)
        if recovery.state == "settled":
            _add_seconds(metrics, TimeToRecover=event.rto_seconds, WritesLost=event.lost_seconds)
        metrics.flush_metrics()


def _add_seconds(metrics: EphemeralMetrics, **lengths: float | None) -> None:
    for name, seconds in lengths.items():
        if seconds is not None:
            metrics.add_metric(name, MetricUnit.Seconds, seconds)
