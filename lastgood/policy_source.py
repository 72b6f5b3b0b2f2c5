"""The policy, cached for a minute."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from lastgood.domain.canonical import digest_of_bytes
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.ports import Clock, Text

MAX_AGE = timedelta(minutes=1)
LOOK_BACK = 10
"""Versions before the newest among which a good one is looked for."""

Versions = Callable[[str | None], Iterator[Text]]
"""Reads what a source holds, and on asking for more what it held before, as far as it keeps that.

What still has the tag that is handed in may come without its body. Raises PolicyError where the
newest cannot be read.
"""


class CachedPolicy:
    """The newest good policy that a source holds; errors in reading the newest pass through.

    Where the newest is broken `tell` is told, at each reading. The age of what is cached is
    measured by the wall clock, because a monotonic clock may stop while a function is frozen.
    """

    def __init__(
        self, where: str, versions: Versions, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self._where = where
        self._versions = versions
        self._clock = clock
        self._tell = tell
        self._tag: str | None = None
        self._cached: tuple[datetime, Policy] | None = None

    def __call__(self) -> Policy:
        """The policy as of at most a minute ago; the last good one where it is broken since.

        Raises:
            PolicyError: it cannot be read, or there is no good one.
        """
        now = self._clock()
        if self._cached is None or now - self._cached[0] >= MAX_AGE:
            self._cached = (now, self._newest(self._cached and self._cached[1]))
        return self._cached[1]

    def _newest(self, cached: Policy | None) -> Policy:
        """The newest good one, by asking the source: a new process remembers none."""
        texts = self._versions(self._tag)
        newest = next(texts)
        try:
            return self._read(newest, cached)
        except PolicyError as error:
            broken = error
        good = cached
        for text in islice(texts, LOOK_BACK):
            with suppress(PolicyError):
                good = self._read(text, cached)
                break
        if good is None:
            raise broken
        told = f"{self._where}@{newest.version} is not used, but {good.source_version}"
        self._tell(f"the policy {told}: {broken.message}")
        return good

    def _read(self, text: Text, cached: Policy | None) -> Policy:
        if cached and text.tag == self._tag:
            return cached
        policy = parse_policy(decode(text.body))
        self._tag = text.tag
        return msgspec.structs.replace(policy, source_version=f"{self._where}@{text.version}")


PLACES = {
    "ssm": re.compile("ssm:.+"),
    "s3": re.compile("s3://[^/]+/.+"),
    "appconfig": re.compile("appconfig:[^/]+/[^/]+/[^/]+"),
}
"""How a place on AWS is spelt; anything else is the path of a file."""


def check_place(where: str) -> None:
    """Whether a place is spelt as it has to be.

    Raises:
        PolicyError: it is not.
    """
    spelling = PLACES.get(where.partition(":")[0])
    if spelling and not spelling.fullmatch(where):
        hint = "write ssm:name, s3://bucket/key or appconfig:application/environment/profile"
        raise PolicyError(f"{where} names no place of a policy", hint)


def decode(body: bytes) -> str:
    """The text of a policy.

    Raises:
        PolicyError: it is not UTF-8.
    """
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise PolicyError("the policy is not UTF-8", "write it as UTF-8") from error


def read_file(path: str) -> Text:
    """A policy file.

    Raises:
        PolicyError: it does not exist, or cannot be read.
    """
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        hint = "name a policy file with --policy or LASTGOOD_POLICY"
        raise PolicyError(f"the policy {path} cannot be read: {error.strerror}", hint) from error
    return Text(body, digest_of_bytes(body), digest_of_bytes(body))
