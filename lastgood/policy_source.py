"""The policy, read from where it is kept, and again when the copy is a minute old."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy

FRESH_SECONDS = 60


class KeptPolicy:
    """Reads the text of the policy by `read`, whose errors it lets pass.

    The wall clock tells its age: a monotonic one may stand still while a function is frozen.
    """

    def __init__(
        self, read: Callable[[], str], wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._read = read
        self._wall_clock = wall_clock
        self._kept: tuple[float, Policy] | None = None

    def __call__(self) -> Policy:
        """The policy as of at most a minute ago.

        Raises:
            PolicyError: it cannot be read or understood; an old copy is not used in its place.
        """
        now = self._wall_clock()
        if self._kept is None or now - self._kept[0] >= FRESH_SECONDS:
            self._kept = (now, parse_policy(self._read()))
        return self._kept[1]


def read_file(path: str) -> str:
    """The text of a policy file.

    Raises:
        PolicyError: there is no such file, or it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        hint = "name a policy file with --policy or LASTGOOD_POLICY"
        raise PolicyError(f"the policy {path} cannot be read: {why}", hint) from error
