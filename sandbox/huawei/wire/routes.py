"""The routes: which method and path is which operation of which service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from sandbox.huawei.wire.faults import Operation
from sandbox.huawei.wire.records import Service

__all__ = ["Destination", "find"]


class Destination(NamedTuple):
    """The operation of a request; what the path does not name is empty."""

    operation: Operation
    project_id: str
    instance_id: str
    engine: str
    backup_id: str


@dataclass(frozen=True, slots=True)
class _Route:
    service: Service
    method: str
    operation: Operation
    path: re.Pattern[str]


def _route(service: Service, method: str, operation: Operation, template: str) -> _Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return _Route(service, method, operation, re.compile(pattern))


_INSTANCE = "/v3/{project}/instances/{instance}"
_PITR = "/v3/{project}/redis/instances/{instance}/pitr"

_ROUTES = (
    _route("geminidb", "PUT", "restore", _PITR),
    _route("geminidb", "GET", "storage", _PITR),
    _route("geminidb", "GET", "policy", f"{_PITR}/policy"),
    _route("geminidb", "GET", "points", f"{_PITR}/restorable-time-periods"),
    _route("geminidb", "GET", "jobs", "/v3/{project}/jobs"),
    _route("geminidb", "GET", "instances", "/v3/{project}/instances"),
    _route("geminidb", "POST", "back-up", f"{_INSTANCE}/backups"),
    _route("geminidb", "GET", "backups", "/v4/{project}/backups"),
    _route("geminidb", "DELETE", "delete-backup", "/v3/{project}/backups/{backup}"),
    _route("geminidb", "POST", "restore-to-new", "/v3/{project}/instances"),
    _route("geminidb", "DELETE", "delete", _INSTANCE),
    _route("geminidb", "GET", "tags", f"{_INSTANCE}/tags"),
    _route("geminidb", "POST", "tag", f"{_INSTANCE}/tags/action"),
    _route("rds", "GET", "windows", f"{_INSTANCE}/restore-time"),
    _route("rds", "POST", "rds-restore", "/v3/{project}/instances"),
    _route("rds", "GET", "rds-instances", "/v3/{project}/instances"),
    _route("rds", "DELETE", "rds-delete", _INSTANCE),
    _route("rds", "GET", "rds-tasks", "/v3/{project}/tasklist"),
    _route("rds", "GET", "rds-job", "/v3/{project}/jobs"),
    _route("rds", "GET", "rds-quotas", "/v3/{project}/quotas"),
    _route("rds", "GET", "rds-flavors", "/v3/{project}/flavors/{engine}"),
    _route("rds", "GET", "rds-backups", "/v3/{project}/backups"),
    _route("rds", "GET", "rds-recycled", "/v3/{project}/recycle-instances"),
    _route("ces", "GET", "alarm-records", "/v2/{project}/alarm-histories"),
    _route("ces", "GET", "metric-data", "/V1.0/{project}/metric-data"),
    _route("iam", "POST", "token", "/v3/auth/tokens"),
)


def find(service: Service, method: str, path: str) -> Destination | None:
    """Find the route of a path, still percent-encoded, at this service; None when there is none."""
    for route in _ROUTES:
        match = route.path.fullmatch(path)
        if match and (service, method) == (route.service, route.method):
            names = {name: unquote(value) for name, value in match.groupdict().items()}
            named = (names.get(name, "") for name in ("project", "instance", "engine", "backup"))
            return Destination(route.operation, *named)
    return None
