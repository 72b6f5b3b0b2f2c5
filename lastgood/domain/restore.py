"""The one request that destroys data: how it may end, and the job that it starts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from lastgood.domain.reading import InstanceState


class Accepted(msgspec.Struct, frozen=True, omit_defaults=True):
    """The service took the request and runs it as this job.

    `copy` is the id of what it makes: a new instance, whose job may not be known, or a backup.
    """

    job: str | None
    copy: str | None = None


class Copied(msgspec.Struct, frozen=True):
    """The copy that a recovery makes: its name, and its id once the service told it."""

    name: str
    id: str | None = None


RefusalKind = Literal["permanent", "permission", "busy", "throttled", "unsent"]
"""Why a restore was not carried out; `unsent` where not a byte of the request has left."""


class Refused(msgspec.Struct, frozen=True):
    """The service turned the request down, so nothing was restored: its code and its sentence."""

    code: str
    sentence: str
    kind: RefusalKind = "permanent"

    @property
    def passes(self) -> bool:
        """Whether the same request may be taken a little later."""
        return self.kind in {"busy", "throttled", "unsent"}


class Unknown(msgspec.Struct, frozen=True):
    """Nobody can say whether the service took the request; it must not be sent again.

    `traceable` while a job that is new since the request can only be its own.
    """

    why: str
    traceable: bool = True


Outcome = Accepted | Refused | Unknown


class Deletion(msgspec.Struct, frozen=True):
    """What became of a request to delete an instance: whether it was taken, and what was said.

    Whether the instance is gone is told by the list of instances, and by nothing else.
    """

    fate: Literal["taken", "refused", "busy", "unknown"]
    sentence: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the service lists it; a status that is neither end counts as running."""

    id: str
    status: str
    instance: str | None = None
    progress: str = ""
    started_at: datetime | None = None
    fail_reason: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it will change no more."""
        return self.status in {"Completed", "Failed"}


class Sighting(msgspec.Struct, frozen=True):
    """What was seen of an instance since the request: new jobs, and how it is; or what hid it."""

    jobs: tuple[Job, ...] = ()
    state: InstanceState | None = None
    trouble: str | None = None


class Validation(msgspec.Struct, frozen=True):
    """What the user's hook says of a restored instance; `none` where there is no verdict."""

    verdict: Literal["pass", "fail", "none"]
    detail: str = ""


NO_HOOK = Validation("none", "the instance has no validate hook")
UNVALIDATED = "not validated"
"""How the reason begins of a recovery that settled although its hook gave no verdict."""
