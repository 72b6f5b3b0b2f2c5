"""The Backups port: manual backups of Redis, and the new instances that they restore to.

By the generated client of GeminiDB. Reads are retried where that may help; each write is sent once.
Source: docs/facts/rds.md C1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec

from huawei_pitr import Client
from huawei_pitr.api.geminidb import (
    back_up_geminidb_instance,
    delete_geminidb_backup,
    delete_geminidb_instance,
    list_geminidb_backups,
    list_geminidb_instance_tags,
    list_geminidb_instances,
    restore_geminidb_backup_to_new_instance,
    tag_geminidb_instance,
)
from huawei_pitr.models import (
    AcceptedBackup,
    AcceptedCopy,
    BackupList,
    BackupStrategy,
    InstanceList,
    NewBackup,
    NewDatastore,
    NewNodes,
    PayPerUse,
    RestoreInfo,
    RestoreToNewInstance,
    Tag,
    TagList,
    TagsAction,
)
from huawei_pitr.types import UNSET
from lastgood.domain.copies import Database, Order, Shape
from lastgood.domain.policy import CloudEntry
from lastgood.domain.restore import Accepted, Deletion, Outcome, Refused, Unknown
from lastgood.domain.undo import Backup
from lastgood.huawei.auth import Authentication
from lastgood.huawei.clients import BOUNDS, Bounds, client_of
from lastgood.huawei.endpoints import geminidb_url
from lastgood.huawei.errors import BACKUPS_TABLE, one_line
from lastgood.huawei.jobs import moment_of
from lastgood.huawei.rate_limit import RateLimit, Seconds
from lastgood.huawei.retrying import Model, Parsed, Send, every_row, fetch, rows_of, value_of
from lastgood.huawei.writes import send_once, usable
from lastgood.ports import CloudError

M = TypeVar("M", bound=Model)

PAGE = 100
REDIS = "Redis"
VOLUME_TYPE = "ULTRAHIGH"
"""There is no other, and no read tells it."""

ID = re.compile(r"[0-9a-z]{8,36}in12")
BACKUP_ID = re.compile(r"[0-9a-z][0-9a-z-]{7,63}")
NAME = re.compile(r"[A-Za-z][0-9A-Za-z_-]{3,63}")
MARK = re.compile(r"[^>!<\"&'=\r\n]{1,256}")
TAG_KEY = re.compile(r"[0-9A-Za-z_-]{1,36}")
TAG_VALUE = re.compile(r"[0-9A-Za-z_.-]{0,43}")


def connect_backups(
    cloud: CloudEntry,
    auth: Authentication,
    limit: RateLimit,
    left: Seconds = lambda: math.inf,
    bounds: Bounds = BOUNDS,
) -> HuaweiBackups:
    """Make the Backups port of one project, with a connection pool of its own.

    Raises:
        CloudError: its endpoint is no URL that can be connected to.
    """
    client, _ = client_of(geminidb_url(cloud), auth, limit, left, bounds)
    return HuaweiBackups(cloud.project_id, cloud.region, client, left)


class HuaweiBackups:
    """The Backups port; threads may share it. Every read may raise CloudError."""

    def __init__(self, project: str, region: str, client: Client, left: Seconds) -> None:
        self.project_id = project
        self._region = region
        self._client = client
        self._left = left

    def backups(self, instance: str) -> list[Backup]:
        """Every manual backup of an instance; a new one may not be listed yet."""
        what = f"manual backups of {instance}"
        asked = {"instance_id": _checked(what, ID, instance), "backup_type": "Manual"}
        rows = self._rows(what, BackupList, list_geminidb_backups, "backups", asked)
        own = [row for row in rows if _is_manual(row, instance)]
        return [value_of(what, _backup, row) for row in own]

    def database(self, instance: str) -> Database | None:
        """One Redis instance with its tags; None where the service lists none of this id."""
        what = f"Redis instance {instance}"
        rows = self._instances(what, {"id": _checked(what, ID, instance)})
        found = (row for row in rows if row["id"] == instance)
        return next((self._database(what, row) for row in found), None)

    def named(self, name: str) -> list[Database]:
        """Every Redis instance of exactly this name, with its tags."""
        what = f"Redis instances named {name}"
        rows = self._instances(what, {"name": _checked(what, NAME, name)})
        return [self._database(what, row) for row in rows if row.get("name") == name]

    def _instances(self, what: str, asked: dict[str, str]) -> list[dict[str, Any]]:
        asked = asked | {"datastore_type": "redis"}
        return self._rows(what, InstanceList, list_geminidb_instances, "instances", asked)

    def _database(self, what: str, row: dict[str, Any]) -> Database:
        found = value_of(what, _database, row)
        return msgspec.structs.replace(found, tags=self._tags(found.id))

    def _tags(self, instance: str) -> dict[str, str]:
        what = f"tags of {instance}"
        send = partial(
            list_geminidb_instance_tags.sync_detailed,
            self.project_id,
            _checked(what, ID, instance),
            client=self._client,
        )
        rows = rows_of(self._fetch(what, TagList, send).to_dict()["tags"], what)
        tags = value_of(what, _lenient, rows, list[_Tag])
        return {tag.key: tag.value for tag in tags}

    def _rows(
        self, what: str, model: type[Model], operation: Any, key: str, asked: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Every row of a paged list, by an operation of the generated client."""

        def page(offset: int) -> tuple[object, object]:
            send = partial(
                operation.sync_detailed,
                self.project_id,
                client=self._client,
                offset=offset,
                limit=PAGE,
                **asked,
            )
            document = self._fetch(what, model, send).to_dict()
            return document.get(key), document.get("total_count")

        return every_row(what, page)

    def _fetch(self, what: str, model: type[M], send: Send) -> M:
        return fetch(what, model, send, self._left, BACKUPS_TABLE).model

    # The writes

    def back_up(self, instance: str, name: str, mark: str) -> Outcome:
        """Send the backup, once; a second one would be made, and billed, beside it.

        Accepted only with a 2xx and a usable id of a backup.
        """
        if refused := _unsendable((ID, instance), (NAME, name), (MARK, mark)):
            return refused
        send = partial(
            back_up_geminidb_instance.sync_detailed,
            self.project_id,
            instance,
            client=self._client,
            body=NewBackup(name=name, description=mark),
        )
        return send_once(send, partial(_backing_up, instance), BACKUPS_TABLE)

    def delete_backup(self, backup: str) -> Deletion:
        """Send the deletion of a backup, once."""
        return self._delete(delete_geminidb_backup, BACKUP_ID, backup)

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        """Send the restore, once; a second one would make, and bill, a second instance.

        Accepted only with a 202, a usable job id and the id of an instance that is not the source.
        """
        told = (ID, order.source), (NAME, order.name), (BACKUP_ID, order.backup or "")
        if refused := _unsendable(*told):
            return refused
        send = partial(
            restore_geminidb_backup_to_new_instance.sync_detailed,
            self.project_id,
            client=self._client,
            body=_body(order, self._region, password),
        )
        return send_once(send, partial(_restoring, order.source), BACKUPS_TABLE)

    def tag(self, instance: str, tags: Mapping[str, str]) -> None:
        """Give an instance these tags, beside others; again does no harm."""
        what = f"tags for {instance}"
        for pattern, text in (
            (ID, instance),
            *((TAG_KEY, key) for key in tags),
            *((TAG_VALUE, value) for value in tags.values()),
        ):
            _checked(what, pattern, text)
        send = partial(
            tag_geminidb_instance.sync_detailed,
            self.project_id,
            instance,
            client=self._client,
            body=TagsAction(
                action="create", tags=[Tag(key=key, value=value) for key, value in tags.items()]
            ),
        )
        match send_once(send, _taken, BACKUPS_TABLE):
            case Refused(_, sentence, kind):
                trouble = "unreachable" if kind == "unsent" else kind
                raise CloudError(f"{what}: {sentence}", _AGAIN, trouble)
            case Unknown(why):
                raise CloudError(f"{what}: {why}", _AGAIN, "transient")

    def delete(self, instance: str) -> Deletion:
        """Send the deletion of an instance, once."""
        return self._delete(delete_geminidb_instance, ID, instance)

    def _delete(self, operation: Any, pattern: re.Pattern[str], what: str) -> Deletion:
        if refused := _unsendable((pattern, what)):
            return Deletion("refused", refused.sentence)
        send = partial(operation.sync_detailed, self.project_id, what, client=self._client)
        match send_once(send, _taken, BACKUPS_TABLE):
            case Accepted():
                return Deletion("taken")
            case Refused() as refused:
                return Deletion("busy" if refused.passes else "refused", refused.sentence)
            case Unknown(why):
                return Deletion("unknown", why)


_AGAIN = "check the permission to set tags, and try again: doing it twice does no harm"


def _checked(what: str, pattern: re.Pattern[str], text: str) -> str:
    """An id, a name or a part of a tag that may be sent: `*` at its beginning matches others."""
    if not pattern.fullmatch(text):
        raise CloudError(f"{one_line(what)}: there can be none", "check the ids in the policy")
    return text


def _unsendable(*told: tuple[re.Pattern[str], str]) -> Refused | None:
    """That something cannot stand in a request, and so nothing was sent."""
    for pattern, text in told:
        if not pattern.fullmatch(text):
            why = f"this cannot stand in a request: {one_line(text)!r}"
            return Refused("not-sent", why, "permanent")
    return None


def _backing_up(instance: str, response: Parsed) -> Outcome | None:
    """Accepted as this backup; its job does not matter, because the list tells how it is."""
    answer = response.parsed
    if not isinstance(answer, AcceptedBackup):
        return None
    made, job = answer.backup_id, answer.job_id
    if not isinstance(made, str) or not BACKUP_ID.fullmatch(made) or made == instance:
        return Unknown("the service accepted without a usable id of the backup")
    return Accepted(job if usable(job) else None, made)


def _restoring(source: str, response: Parsed) -> Outcome | None:
    """Accepted as this job and this copy; whoever takes the source for the copy may delete it."""
    answer = response.parsed
    if not isinstance(answer, AcceptedCopy):
        return None
    if not usable(answer.job_id):
        return Unknown("the service accepted without a usable job id")
    made = answer.id
    if not isinstance(made, str) or not ID.fullmatch(made) or made == source:
        return Unknown("the service accepted without a usable id of the new instance")
    return Accepted(answer.job_id, made)


def _taken(response: Parsed) -> Outcome | None:
    """Any 2xx; what became of it is told by a list, so the job does not matter."""
    return Accepted(None) if 200 <= response.status_code < 300 else None  # noqa: PLR2004 - any 2xx


def _body(order: Order, region: str, password: str) -> RestoreToNewInstance:
    """The request: all that the source tells of itself; the key of the disk is the backup's."""
    shape = order.shape
    strategy = BackupStrategy(start_time=shape.backup_hour, keep_days=shape.keep_days)
    return RestoreToNewInstance(
        name=order.name,
        datastore=NewDatastore(type_="redis", version=shape.version, storage_engine="rocksDB"),
        region=region,
        availability_zone=",".join(shape.zones),
        vpc_id=shape.vpc_id,
        subnet_id=shape.subnet_id,
        security_group_id=shape.security_group_id or UNSET,
        password=password,
        mode=shape.mode,
        product_type=shape.product_type or UNSET,
        flavor=[
            NewNodes(
                num=str(shape.nodes),
                storage="ULTRAHIGH",
                size=str(shape.volume_gb),
                spec_code=shape.flavor,
            )
        ],
        port=str(shape.port) if shape.port else UNSET,
        enterprise_project_id=shape.enterprise_project_id or UNSET,
        backup_strategy=strategy if shape.backup_hour else UNSET,
        charge_info=PayPerUse(charge_mode="postPaid"),
        restore_info=RestoreInfo(backup_id=order.backup or ""),
    )


# What is read; a part may be missing, be null or be empty


def _lenient(value: Any, kind: Any) -> Any:
    return msgspec.convert(_told(value), kind, strict=False)  # numbers come as text


def _told(value: Any) -> Any:
    """The same without what is null or empty."""
    if isinstance(value, dict):
        return {key: _told(each) for key, each in value.items() if each not in (None, "")}
    if isinstance(value, list):
        return [_told(each) for each in value if each not in (None, "")]
    return value


class _BackupRow(msgspec.Struct):
    id: str
    name: str = ""
    instance_id: str | None = None
    status: str = "not told"
    description: str = ""
    begin_time: str = ""
    end_time: str = ""
    size: float = 0


def _is_manual(row: Mapping[str, Any], instance: str) -> bool:
    told = row.get("instance_id"), row.get("type")
    return told[0] in (instance, None, "") and told[1] in ("Manual", None, "")


def _backup(fields: dict[str, Any]) -> Backup:
    row: _BackupRow = _lenient(fields, _BackupRow)
    if not BACKUP_ID.fullmatch(row.id):
        raise ValueError(f"{row.id!r} is no id of a backup")
    return Backup(
        id=row.id,
        name=row.name,
        instance=row.instance_id,
        status=row.status,
        mark=row.description,
        began=moment_of(row.begin_time),
        ended=moment_of(row.end_time),
        size_gb=_gb(row.size),
    )


def _gb(kilobytes: float) -> float | None:
    """A size that is told in KB, in GB; None where it is none."""
    told = math.isfinite(kilobytes) and kilobytes > 0
    return round(kilobytes / 1024**2, 3) if told else None


class _Part(msgspec.Struct):
    type: str = ""
    version: str = ""
    start_time: str = ""
    keep_days: int = 0
    size: int = 0


class _Node(msgspec.Struct):
    private_ip: str = ""
    spec_code: str = ""
    availability_zone: str = ""


class _Group(msgspec.Struct):
    volume: _Part = msgspec.field(default_factory=_Part)
    nodes: list[_Node] = []


class _Tag(msgspec.Struct):
    key: str
    value: str = ""


class _Row(msgspec.Struct):
    """An instance, checked: the generated models accept anything."""

    id: str
    name: str = ""
    status: str = "not told"
    mode: str = ""
    product_type: str = ""
    created: str = ""
    port: int = 0
    lb_ip_address: str = ""
    lb_port: int = 0
    availability_zone: str = ""
    datastore: _Part = msgspec.field(default_factory=_Part)
    backup_strategy: _Part = msgspec.field(default_factory=_Part)
    vpc_id: str = ""
    subnet_id: str = ""
    security_group_id: str = ""
    disk_encryption_id: str = ""
    enterprise_project_id: str = ""
    groups: list[_Group] = []

    @property
    def nodes(self) -> list[_Node]:
        """The nodes of all groups."""
        return [node for group in self.groups for node in group.nodes]


def _database(fields: dict[str, Any]) -> Database:
    row: _Row = _lenient(fields, _Row)
    balanced = row.lb_ip_address
    own = tuple(node.private_ip for node in row.nodes if node.private_ip)
    return Database(
        id=row.id,
        name=row.name,
        status=row.status,
        addresses=(balanced,) if balanced else own,
        port=(balanced and row.lb_port) or row.port or None,
        shape=_shape(row),
        created=moment_of(row.created),
    )


def _shape(row: _Row) -> Shape | None:
    """Its shape; None where anything is missing that a copy cannot be ordered without."""
    nodes = row.nodes
    flavors = {node.spec_code for node in nodes}
    zones = row.availability_zone.split(",") if row.availability_zone else _zones(nodes)
    volume_gb = max((group.volume.size for group in row.groups), default=0)
    needed = row.datastore.version, row.mode, volume_gb, row.vpc_id, row.subnet_id, *zones, *flavors
    is_redis = row.datastore.type.lower() == REDIS.lower()
    if not (is_redis and all(needed) and zones and len(flavors) == 1):
        return None
    return Shape(
        engine=REDIS,
        flavor=flavors.pop(),
        volume_type=VOLUME_TYPE,
        volume_gb=volume_gb,
        zones=tuple(zones),
        vpc_id=row.vpc_id,
        subnet_id=row.subnet_id,
        security_group_id=row.security_group_id,
        port=row.port or None,
        disk_encryption_id=row.disk_encryption_id,
        enterprise_project_id=row.enterprise_project_id,
        backup_hour=row.backup_strategy.start_time,
        keep_days=row.backup_strategy.keep_days,
        mode=row.mode,
        product_type=row.product_type,
        version=row.datastore.version,
        nodes=len(nodes),
    )


def _zones(nodes: list[_Node]) -> list[str]:
    return sorted({node.availability_zone for node in nodes})
