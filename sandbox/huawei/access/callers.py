"""The identity behind a request, and its permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from sandbox.huawei.wire.answers import gateway_error, service_error
from sandbox.huawei.wire.faults import Operation

__all__ = ["Caller"]

# Permissions as docs/facts/huawei.md "Operations" and docs/facts/rds.md A0 name them. Which one
# `storage` needs is unknown; here it is that of the policy.
_NEEDED = MappingProxyType[Operation, str](
    {
        "restore": "gaussdbfornosql:instance:redisPitrRestore",
        "storage": "gaussdbfornosql:instance:getRedisPitrPolicy",
        "points": "gaussdbfornosql:instance:listRedisPitrRestoreTime",
        "policy": "gaussdbfornosql:instance:getRedisPitrPolicy",
        "jobs": "gaussdbfornosql:task:list",
        "instances": "gaussdbfornosql:instance:list",
        "back-up": "gaussdbfornosql:instance:createBackup",
        "backups": "gaussdbfornosql:backup:list",
        "delete-backup": "gaussdbfornosql:instance:deleteBackup",
        "restore-to-new": "gaussdbfornosql:instance:create",
        "delete": "gaussdbfornosql:instance:delete",
        "tags": "gaussdbfornosql::listTagsForResource",
        "tag": "gaussdbfornosql:instance:setTags",
        "windows": "rds:instance:getRestoreTime",
        "rds-restore": "rds:instance:create",
        "rds-instances": "rds:instance:listAll",
        "rds-tasks": "rds:task:listAll",
        "rds-job": "rds:task:listAll",
        "rds-delete": "rds:instance:deleteInstance",
        "rds-quotas": "rds:instance:listQuotas",
        "rds-flavors": "rds:instance:listFlavors",
        "rds-backups": "rds:backup:list",
        "rds-recycled": "rds:instance:listAll",
        "alarm-records": "ces:alarmHistory:list",
        "metric-data": "ces:metricData:get",
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity that a key, a user or a token belongs to.

    `actions` are its permissions, as globs like `rds:*:get*`; None allows everything.
    """

    name: str
    actions: Collection[str] | None = None

    def check(self, operation: Operation) -> None:
        """Check that the caller has the permission that an operation needs.

        Raises AnswerError: from the gateway when the caller has no permission at all at the
        service, else from the service, for the missing one. Which of the two answers is a
        choice of the sandbox; both codes are documented.
        """
        action = _NEEDED[operation]
        if not self._may_use(action.partition(":")[0]):
            raise gateway_error(403, "APIGW.0302", "The IAM user is not allowed to use this API.")
        if not self._may(action):
            message = f"Policy doesn't allow {action} to be performed."
            raise service_error(403, "DBS.280032", message)

    def _may(self, action: str) -> bool:
        if self.actions is None:
            return True
        return any(fnmatchcase(action, allowed) for allowed in self.actions)

    def _may_use(self, service: str) -> bool:
        if self.actions is None:
            return True
        return any(fnmatchcase(service, glob.partition(":")[0]) for glob in self.actions)
