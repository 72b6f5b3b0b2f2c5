"""The policy, cached for a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.ports import Clock

MAX_AGE = timedelta(minutes=1)


class CachedPolicy:
    """The policy whose text `read` returns; errors of `read` pass through.

    Its age is measured by the wall clock, because a monotonic clock may stop while a function is
    frozen.
    """

    def __init__(self, read: Callable[[], str], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._cached: tuple[datetime, Policy] | None = None

    def __call__(self) -> Policy:
        """The policy as of at most a minute ago.

        Raises:
            PolicyError: it cannot be read or understood; an old copy is not used in its place.
        """
        now = self._clock()
        if self._cached is None or now - self._cached[0] >= MAX_AGE:
            self._cached = (now, parse_policy(self._read()))
        return self._cached[1]


def read_file(path: str) -> str:
    """The text of a policy file.

    Raises:
        PolicyError: it does not exist, or cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        hint = "name a policy file with --policy or LASTGOOD_POLICY"
        raise PolicyError(f"the policy {path} cannot be read: {why}", hint) from error
