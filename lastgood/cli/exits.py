"""The exit codes."""

from __future__ import annotations

YES = 0
COULD_NOT_RUN = 1
USAGE = 2
NO = 3
"""It ran, and the answer is no: refused, an objective missed, nothing restorable."""
INTERRUPTED = 130
