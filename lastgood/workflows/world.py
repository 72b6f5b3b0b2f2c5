"""Everything outside that a workflow touches, in one place; `wiring` makes the real one."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from lastgood.domain.policy import CloudEntry, Policy
from lastgood.domain.services import Endpoint
from lastgood.ledger import Ledger
from lastgood.ports import (
    Backups,
    Cloud,
    CloudEye,
    EndpointSeen,
    Metrics,
    Publisher,
    Rds,
    Setting,
    Starter,
    Sweeps,
    Validator,
    Vault,
    Waker,
)


class World(Protocol):
    """The ports, each made when it is first asked for."""

    def policy(self) -> Policy:
        """The policy as of at most a minute ago."""

    def clouds(self, name: str) -> Cloud:
        """The cloud of this name in the policy, by the credentials that read."""

    def restorer(self, name: str) -> Cloud:
        """That cloud by the credentials that restore; the same one if they are the same."""

    def rds(self, name: str) -> Rds:
        """RDS of the cloud of this name, by the credentials that read."""

    def rds_restorer(self, name: str) -> Rds:
        """The same by the credentials that restore."""

    def backups(self, name: str) -> Backups:
        """Backups in the cloud of this name, by the credentials that read."""

    def backups_restorer(self, name: str) -> Backups:
        """The same by the credentials that restore."""

    def cloud_eye(self, name: str) -> CloudEye:
        """Cloud Eye of the cloud of this name, by the credentials that read."""

    def probe(self, entry: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
        """Whether an endpoint of a cloud answers at all; a CloudError if it does not."""

    def settings(self) -> tuple[Setting, ...]:
        """The resources on AWS that this environment names."""

    def find_hook(self, hook: str) -> None:
        """Look for the hook of this ARN; a LastgoodError if it cannot be found."""

    def now(self) -> datetime:
        """The time: aware, UTC."""

    def time_left(self) -> float:
        """Seconds that this invocation still has; infinite on a command line."""

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger; the reading verbs of the command line do without."""

    @property
    def ledger(self) -> Ledger:
        """The memory of all recoveries."""

    @property
    def publisher(self) -> Publisher:
        """Events out."""

    @property
    def metrics(self) -> Metrics:
        """Measurements out."""

    @property
    def vault(self) -> Vault:
        """Keeps the passwords of copies."""

    @property
    def waker(self) -> Waker:
        """Wakes what waits for a person."""

    @property
    def validator(self) -> Validator:
        """Asks the users' hooks."""

    @property
    def starter(self) -> Starter:
        """Recoveries out."""

    @property
    def sweeps(self) -> Sweeps:
        """Executions of a sweep out."""
