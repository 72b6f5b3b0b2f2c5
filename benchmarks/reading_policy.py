"""How long reading a policy takes, beside tomllib reading the same text, at several sizes."""

from __future__ import annotations

import tomllib
from functools import partial
from statistics import median

from benchmarks.table import Table, timed, versus
from lastgood.domain.policy_file import parse_policy

AIM = 1.5
"""Times as long as tomllib alone takes."""
SIZES = (100, 1_000, 10_000)
"""Instances; half of them are the other half's companions."""

CLOUD = """version = 1
[cloud.prod]
region = "ap-southeast-1"
project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
credentials = "env:PROD"
"""
PAIR = """
[[instance]]
id = "{n:032x}in12"
name = "cache-{n}"
cloud = "prod"
service = "geminidb-redis"
alarms = ["cache-{n}-*"]
companions = ["database-{n}"]
objective = {{ max_lag = "40m", min_coverage = "20h", max_gap = "30m" }}

[[instance]]
id = "{n:032x}in01"
name = "database-{n}"
cloud = "prod"
service = "rds"
objective = {{ max_lag = "10m" }}
"""


def reading_policy(rounds: int) -> Table:
    """So many rounds of both, in turn."""
    rows = []
    for size in SIZES:
        text = CLOUD + "".join(PAIR.format(n=n) for n in range(size // 2))
        loads, parse = partial(tomllib.loads, text), partial(parse_policy, text)
        taken = [(timed(loads), timed(parse)) for _ in range(rounds)]
        alone, ours = map(median, zip(*taken, strict=True))
        ratio = ours / alone
        figures = (f"{alone * 1e3:.1f}", f"{ours * 1e3:.1f}", f"{ratio:.2f}")
        rows.append((f"{size:,}", *figures, versus(ratio, AIM)))
    columns = ("instances", "tomllib, ms", "lastgood, ms", "of tomllib", "aim")
    return Table("Reading the policy", columns, rows)
