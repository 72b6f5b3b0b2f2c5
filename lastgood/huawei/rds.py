"""The Rds port: RDS of one project through the generated client.

Reads are retried where that may help; the two writes are sent once. Source: docs/facts/rds.md A1,
A5 to A8, A11.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

import msgspec

from huawei_rds import Client
from huawei_rds.api.rds import (
    delete_rds_instance,
    list_rds_backups,
    list_rds_flavors,
    list_rds_instances,
    list_rds_recycled_instances,
    restore_rds_to_new_instance,
    show_rds_job,
    show_rds_quotas,
)
from huawei_rds.models import (
    AcceptedRestore,
    BackupList,
    BackupStrategy,
    FlavorList,
    InstanceList,
    NewInstance,
    NewVolume,
    PayPerUse,
    RecycledList,
    RestorePoint,
    RestoreToNewInstance,
    ShownJob,
    ShownQuotas,
    Standby,
    Tag,
)
from huawei_rds.types import UNSET
from lastgood.domain.copies import Database, Order, Shape
from lastgood.domain.policy import CloudEntry
from lastgood.domain.restore import Accepted, Deletion, Job, Outcome, Refused, Unknown
from lastgood.domain.times import from_millis
from lastgood.huawei.auth import Authentication
from lastgood.huawei.clients import BOUNDS, Bounds, client_of
from lastgood.huawei.endpoints import rds_url
from lastgood.huawei.errors import RDS_TABLE, fault_of, one_line
from lastgood.huawei.jobs import job_of, moment_of
from lastgood.huawei.rate_limit import RateLimit, Seconds
from lastgood.huawei.retrying import Model, Parsed, Send, every_row, fetch, rows_of, value_of
from lastgood.huawei.writes import send_once, usable
from lastgood.ports import CloudError

M = TypeVar("M", bound=Model)
T = TypeVar("T")

PAGE = 100
RECYCLED_PAGE = 50

ID = re.compile(r"[0-9a-z]{8,36}in[0-9]{2}")
NAME = re.compile(r"[A-Za-z][0-9A-Za-z._-]{3,63}")
MILLISECONDS = re.compile(r"[1-9][0-9]{12}")
NOT_VISIBLE = "DBS.200543"
"""No such job, or one that is too new to be shown."""


def connect_rds(
    cloud: CloudEntry,
    auth: Authentication,
    limit: RateLimit,
    left: Seconds = lambda: math.inf,
    bounds: Bounds = BOUNDS,
) -> HuaweiRds:
    """Make the Rds port of one project, with a connection pool of its own.

    Raises:
        CloudError: its endpoint is no URL that can be connected to.
    """
    url = rds_url(cloud)
    http = client_of(url, auth, limit, left, bounds)[0].get_httpx_client()
    client = Client(base_url=url).set_httpx_client(http)
    return HuaweiRds(cloud.project_id, cloud.region, client, left)


class _NotVisibleError(Exception):
    """The service does not show a job."""


class HuaweiRds:
    """The Rds port; threads may share it. Every read may raise CloudError."""

    def __init__(self, project: str, region: str, client: Client, left: Seconds) -> None:
        self.project_id = project
        self._region = region
        self._client = client
        self._left = left

    def database(self, instance: str) -> Database | None:
        """One instance; None where the service lists none of this id."""
        what = f"RDS instance {instance}"
        rows = self._instances(what, {"id": _checked(what, ID, instance)})
        found = (row for row in rows if row["id"] == instance)
        return next((value_of(what, _database, row) for row in found), None)

    def named(self, name: str) -> list[Database]:
        """Every instance of exactly this name."""
        what = f"RDS instances named {name}"
        rows = self._instances(what, {"name": _checked(what, NAME, name)})
        return [value_of(what, _database, row) for row in rows if row.get("name") == name]

    def tagged(self, key: str, value: str) -> list[Database]:
        """Every instance that the service lists for this tag; one may not tell its tags."""
        what = f"RDS instances tagged {key}={value}"
        rows = self._instances(what, {"tags": f"{key}={value}"})
        return [value_of(what, _database, row) for row in rows]

    def backed_up(self, instance: str) -> bool:
        """Whether an automated backup of an instance is complete, and none is being made."""
        what = f"backups of {instance}"
        asked = {"instance_id": _checked(what, ID, instance), "backup_type": "auto"}
        rows = self._rows(what, BackupList, list_rds_backups, "backups", asked)
        own = [row for row in rows if row.get("instance_id") in (instance, None)]
        states = [row.get("status") for row in own]
        return "COMPLETED" in states and "BUILDING" not in states

    def recycled(self, instance: str) -> list[datetime | None]:
        """Until when the recycle bin keeps each backup of an instance, which is gone."""
        what = f"the recycle bin of RDS for {_checked('RDS instance', ID, instance)}"
        operation = list_rds_recycled_instances
        rows = self._rows(what, RecycledList, operation, "instances", {}, limit=RECYCLED_PAGE)
        return [_kept_until(row) for row in rows if row.get("id") == instance]

    def manual_backups(self, instance: str) -> int:
        """How many backups somebody made of an instance, which may be gone."""
        what = f"manual backups of {instance}"
        asked = {"instance_id": _checked(what, ID, instance), "backup_type": "manual"}
        rows = self._rows(what, BackupList, list_rds_backups, "backups", asked)
        told = ((row.get("instance_id"), row.get("type")) for row in rows)
        return sum(of in (instance, None) and kind in ("manual", None) for of, kind in told)

    def job(self, job: str) -> Job | None:
        """One job; None while the service does not show it."""
        what = f"RDS job {job}"

        def send() -> Parsed:
            response = show_rds_job.sync_detailed(self.project_id, client=self._client, id=job)
            if fault_of(response).code == NOT_VISIBLE:
                raise _NotVisibleError
            return response

        if not usable(job):
            raise _unusable(what)
        try:
            shown = self._fetch(what, ShownJob, send).to_dict()
        except _NotVisibleError:
            return None
        found = job_of(shown["job"], progress="process", began="created")
        return found if found.id == job else None

    def _instances(self, what: str, asked: dict[str, str]) -> list[dict[str, Any]]:
        return self._rows(what, InstanceList, list_rds_instances, "instances", asked)

    def _rows(  # noqa: PLR0913 - a list differs from another by each of these
        self,
        what: str,
        model: type[Model],
        operation: Any,
        key: str,
        asked: dict[str, str],
        *,
        limit: int = PAGE,
    ) -> list[dict[str, Any]]:
        """Every row of a paged list, by an operation of the generated client."""

        def page(offset: int) -> tuple[object, object]:
            send = partial(
                operation.sync_detailed,
                self.project_id,
                client=self._client,
                offset=offset,
                limit=limit,
                **asked,
            )
            document = self._fetch(what, model, send).to_dict()
            return document.get(key), document.get("total_count")

        return every_row(what, page)

    def _fetch(self, what: str, model: type[M], send: Send) -> M:
        return fetch(what, model, send, self._left, RDS_TABLE).model

    def obstacle(self, source: str, shape: Shape, moment: datetime) -> str | None:
        """Why no copy of an instance as of a moment can be made now, as far as can be read."""
        return self._used_up() or self._not_on_sale(shape) or self._too_small(source, shape, moment)

    def _used_up(self) -> str | None:
        what = "RDS quotas"
        send = partial(show_rds_quotas.sync_detailed, self.project_id, client=self._client)
        document = self._fetch(what, ShownQuotas, send).to_dict()
        rows = rows_of(document.get("quotas", {}).get("resources", []), what)
        for row in value_of(what, _lenient, _told(rows), list[_Quota]):
            # The last one is for a recovery that may be needed meanwhile.
            if row.type == "instance" and row.quota is not None and row.used + 1 >= row.quota:
                return f"the project has {row.used} RDS instances of the {row.quota} it may have"
        return None

    def _not_on_sale(self, shape: Shape) -> str | None:
        what = f"RDS flavors of {shape.engine}"
        send = partial(
            list_rds_flavors.sync_detailed,
            self.project_id,
            cast("Any", shape.engine),
            client=self._client,
            spec_code=shape.flavor,
        )
        document = self._fetch(what, FlavorList, send).to_dict()
        found = value_of(what, _lenient, _told(document.get("flavors", [])), list[_Flavor])
        on_sale = [one.az_status for one in found if one.spec_code == shape.flavor]
        for zone in shape.zones:
            if not any(zones.get(zone) == "normal" for zones in on_sale):
                told = ", ".join(zones[zone] for zones in on_sale if zone in zones) or "not listed"
                return f"the flavor {shape.flavor} is not on sale in {zone}: {told}"
        return None

    def _too_small(self, source: str, shape: Shape, moment: datetime) -> str | None:
        what = f"backups of {source}"
        asked = {"instance_id": _checked(what, ID, source)}
        rows = self._rows(what, BackupList, list_rds_backups, "backups", asked)
        backups = value_of(what, _lenient, _told(rows), list[_Backup])
        complete = (one for one in backups if one.status == "COMPLETED")
        begun = ((moment_of(one.begin_time), one.least_gb) for one in complete)
        before = [(began, needs) for began, needs in begun if began and began <= moment]
        _, needs = max(before, default=(None, 0))
        if needs <= shape.volume_gb:
            return None
        return f"its backup needs a disk of {needs} GB, and the copy's would have {shape.volume_gb}"

    # The writes

    def try_out(self, order: Order, password: str) -> Outcome | None:
        """Send the restore to be checked, once.

        Passed with a 202 that tells of nothing that was made: what stands in the body of one is
        not documented, and what takes the request for a real one makes, and bills, an instance.
        """
        checked = self._send(order, password, _passed, dry_run=True)
        return None if isinstance(checked, Accepted) else checked

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        """Send the restore, once; a second one would make, and bill, a second instance.

        Accepted only with a 202, a usable job id and the id of an instance that is not the source.
        """
        return self._send(order, password, partial(_accepted, order.source))

    def _send(
        self,
        order: Order,
        password: str,
        accepted: Callable[[Parsed], Outcome | None],
        *,
        dry_run: bool = False,
    ) -> Outcome:
        told = (ID, order.source), (NAME, order.name), (MILLISECONDS, order.restore_time)
        for pattern, text in told:
            if not pattern.fullmatch(text):
                why = f"this cannot stand in a request: {one_line(text)!r}"
                return Refused("not-sent", why, "permanent")
        body = _body(order, self._region, password)
        body.dry_run = dry_run or UNSET
        send = partial(
            restore_rds_to_new_instance.sync_detailed,
            self.project_id,
            client=self._client,
            body=body,
        )
        return send_once(send, accepted, RDS_TABLE)

    def delete(self, instance: str) -> Deletion:
        """Send the deletion, once."""
        if not ID.fullmatch(instance):
            return Deletion("refused", f"this is no id of an instance: {one_line(instance)!r}")
        send = partial(
            delete_rds_instance.sync_detailed, self.project_id, instance, client=self._client
        )
        match send_once(send, _taken, RDS_TABLE):
            case Accepted():
                return Deletion("taken")
            case Refused() as refused:
                return Deletion("busy" if refused.passes else "refused", refused.sentence)
            case Unknown(why):
                return Deletion("unknown", why)


def _checked(what: str, pattern: re.Pattern[str], text: str) -> str:
    """An id or a name that may be asked for: one that begins with `*` would match others."""
    if not pattern.fullmatch(text):
        raise _unusable(what)
    return text


def _unusable(what: str) -> CloudError:
    return CloudError(f"{one_line(what)}: there can be none", "check the ids in the policy")


def _accepted(source: str, response: Parsed) -> Outcome | None:
    """Accepted as this job and this copy; whoever takes the source for the copy may delete it."""
    answer = response.parsed
    if not isinstance(answer, AcceptedRestore):
        return None
    made = answer.instance.id if isinstance(answer.instance, NewInstance) else None
    if not usable(answer.job_id):
        return Unknown("the service accepted without a usable job id")
    if not isinstance(made, str) or not ID.fullmatch(made) or made == source:
        return Unknown("the service accepted without a usable id of the new instance")
    return Accepted(answer.job_id, made)


def _passed(response: Parsed) -> Outcome | None:
    """That a restore was checked and found good; where anything was made it was no check."""
    answer = response.parsed
    if not isinstance(answer, AcceptedRestore):
        return None
    if answer.instance or answer.job_id:
        return Unknown("the service may have carried out what it was only to check")
    return Accepted(None)


def _taken(response: Parsed) -> Outcome | None:
    """Any 2xx; whether the instance is gone is told by the list, so the job does not matter."""
    return Accepted(None) if 200 <= response.status_code < 300 else None  # noqa: PLR2004 - any 2xx


def _body(order: Order, region: str, password: str) -> RestoreToNewInstance:
    """The request: all that the source tells of itself; without an address that is public."""
    shape = order.shape
    replication = cast("Any", shape.replication)
    strategy = BackupStrategy(start_time=shape.backup_hour, keep_days=shape.keep_days)
    return RestoreToNewInstance(
        name=order.name,
        restore_point=RestorePoint(
            instance_id=order.source, type_="timestamp", restore_time=int(order.restore_time)
        ),
        flavor_ref=shape.flavor,
        volume=NewVolume(type_=shape.volume_type, size=shape.volume_gb),
        region=region,
        availability_zone=",".join(shape.zones),
        vpc_id=shape.vpc_id,
        subnet_id=shape.subnet_id,
        security_group_id=shape.security_group_id,
        ha=Standby(mode="Ha", replication_mode=replication) if len(shape.zones) > 1 else UNSET,
        password=password,
        port=str(shape.port) if shape.port else UNSET,
        time_zone=shape.time_zone or UNSET,
        disk_encryption_id=shape.disk_encryption_id or UNSET,
        enterprise_project_id=shape.enterprise_project_id or UNSET,
        backup_strategy=strategy if shape.backup_hour else UNSET,
        charge_info=PayPerUse(charge_mode="postPaid"),
        tags=[Tag(key=key, value=value) for key, value in order.tags.items()],
    )


def _lenient(rows: Any, kind: type[T]) -> T:
    return msgspec.convert(rows, kind, strict=False)  # numbers may come as text


def _kept_until(row: dict[str, Any]) -> datetime | None:
    """As text with an offset, or in milliseconds: the documentation says the one and shows both."""
    told = row.get("retained_until")
    if MILLISECONDS.fullmatch(str(told)):
        return from_millis(int(str(told)))
    return moment_of(told)


class _Quota(msgspec.Struct):
    type: str = ""
    quota: int | None = None
    used: int = 0


class _Flavor(msgspec.Struct):
    spec_code: str = ""
    az_status: dict[str, str] = {}


class _Backup(msgspec.Struct):
    status: str = ""
    begin_time: str = ""
    least_gb: int = msgspec.field(name="min_data_volume_capacity_for_restore", default=0)


# What an instance is read from; a part may be missing, be null or be empty


class _Part(msgspec.Struct):
    type: str = ""
    size: int = 0
    replication_mode: str = ""
    start_time: str = ""
    keep_days: int = 0


class _Node(msgspec.Struct):
    role: str = ""
    availability_zone: str = ""


class _Tag(msgspec.Struct):
    key: str
    value: str = ""


class _Row(msgspec.Struct):
    """An instance, checked: the generated models accept anything."""

    id: str
    name: str = ""
    status: str = "not told"
    type: str = ""
    created: str = ""
    port: int = 0
    private_ips: list[str] = []
    datastore: _Part = msgspec.field(default_factory=_Part)
    ha: _Part = msgspec.field(default_factory=_Part)
    volume: _Part = msgspec.field(default_factory=_Part)
    backup_strategy: _Part = msgspec.field(default_factory=_Part)
    flavor_ref: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    security_group_id: str = ""
    time_zone: str = ""
    disk_encryption_id: str = ""
    enterprise_project_id: str = ""
    tags: list[_Tag] = []
    nodes: list[_Node] = []


def _database(fields: dict[str, Any]) -> Database:
    row = msgspec.convert(_told(fields), _Row, strict=False)  # numbers may come as text
    return Database(
        id=row.id,
        name=row.name,
        status=row.status,
        tags={tag.key: tag.value for tag in row.tags},
        addresses=tuple(row.private_ips),
        port=row.port or None,
        shape=_shape(row),
        created=moment_of(row.created),
    )


def _told(value: Any) -> Any:
    """The same without what is null or empty."""
    if isinstance(value, dict):
        return {key: _told(each) for key, each in value.items() if each not in (None, "")}
    if isinstance(value, list):
        return [_told(each) for each in value if each not in (None, "")]
    return value


def _shape(row: _Row) -> Shape | None:
    """Its shape; None where anything is missing that a copy cannot be ordered without."""
    has_standby = row.type == "Ha"
    # The zone of the primary first; read replicas are nodes too, and are not copied.
    roles = ("master", "slave") if has_standby else ("master",)
    zones = [node.availability_zone for role in roles for node in row.nodes if node.role == role]
    replication = row.ha.replication_mode if has_standby else ""
    needed = (
        *(row.datastore.type, row.flavor_ref, row.volume.type, row.volume.size, row.vpc_id),
        *(row.subnet_id, row.security_group_id, *zones, replication or not has_standby),
    )
    if not all(needed) or len(zones) != len(roles):
        return None
    return Shape(
        engine=row.datastore.type,
        flavor=row.flavor_ref,
        volume_type=row.volume.type,
        volume_gb=row.volume.size,
        zones=tuple(zones),
        replication=replication,
        vpc_id=row.vpc_id,
        subnet_id=row.subnet_id,
        security_group_id=row.security_group_id,
        port=row.port or None,
        time_zone=row.time_zone,
        disk_encryption_id=row.disk_encryption_id,
        enterprise_project_id=row.enterprise_project_id,
        backup_hour=row.backup_strategy.start_time,
        keep_days=row.backup_strategy.keep_days,
    )
