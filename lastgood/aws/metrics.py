"""The Metrics port as CloudWatch's embedded metric format: lines on stdout, no call."""

from __future__ import annotations

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lastgood.domain.objective import Finding

NAMESPACE = "lastgood"


class EmfMetrics:
    """One line for each instance; names and dimensions stand in docs/reference/metrics.md."""

    def emit(self, name: str, finding: Finding) -> None:
        """Print what was measured; a length that is not known is left out."""
        metrics = EphemeralMetrics(namespace=NAMESPACE, service="verify")
        metrics.add_dimension("instance", name)
        metrics.add_metadata("instance_id", finding.instance)
        metrics.add_metadata("verdict", finding.verdict)
        metrics.add_metric("Recoverable", MetricUnit.Count, int(finding.verdict == "ok"))
        for metric, seconds in (
            ("RestorableLag", finding.lag_seconds),
            ("RestorableCoverage", finding.coverage_seconds),
            ("LongestGap", finding.longest_gap_seconds),
        ):
            if seconds is not None:
                metrics.add_metric(metric, MetricUnit.Seconds, seconds)
        metrics.flush_metrics()
