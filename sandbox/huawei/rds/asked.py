"""What a restore to a new instance asks for: its body, read strictly."""

from __future__ import annotations

import string
from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from sandbox.huawei.rds.shape import ENGINES, Shape
from sandbox.huawei.wire.answers import bad_parameter, service_error

__all__ = ["Asked", "read"]

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_SPECIAL = frozenset("~!@#$%^*-_=+?,()&")
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SPECIAL)
_NEEDED_CLASSES = 3


class _RestorePoint(msgspec.Struct, frozen=True):
    instance_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z]{8,36}in[0-9]{2}\Z")]
    type: Literal["timestamp"]
    restore_time: Annotated[int, msgspec.Meta(ge=10**12, lt=10**13)]


class _Volume(msgspec.Struct, frozen=True):
    type: _Text
    size: int


class _Standby(msgspec.Struct, frozen=True):
    mode: Literal["Ha"]
    replication_mode: Literal["async", "semisync", "sync"]


_HOUR = r"([01][0-9]|2[0-3]):(00|15|30|45)"


class _BackupStrategy(msgspec.Struct, frozen=True):
    start_time: Annotated[str, msgspec.Meta(pattern=rf"^{_HOUR}-{_HOUR}\Z")]
    keep_days: Annotated[int, msgspec.Meta(ge=0, le=732)]


class _ChargeInfo(msgspec.Struct, frozen=True):
    charge_mode: Literal["postPaid"]


class _Tag(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    value: Annotated[str, msgspec.Meta(max_length=255)] = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A restore to a new instance."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][0-9A-Za-z_-]{3,63}\Z")]
    restore_point: _RestorePoint
    flavor_ref: _Text
    volume: _Volume
    region: _Text
    availability_zone: _Text
    vpc_id: _Text
    subnet_id: _Text
    security_group_id: _Text
    ha: _Standby | None = None
    password: str | None = None
    port: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{3,4}\Z")] | None = None
    configuration_id: _Text = "default"
    time_zone: _Text = "UTC"
    disk_encryption_id: _Text | None = None
    enterprise_project_id: _Text = "0"
    backup_strategy: _BackupStrategy | None = None
    charge_info: _ChargeInfo = _ChargeInfo("postPaid")
    tags: Annotated[list[_Tag], msgspec.Meta(max_length=20)] = []
    dry_run: bool = False

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of the nodes."""
        return tuple(self.availability_zone.split(","))

    @property
    def retention(self) -> timedelta:
        """How long backups are kept; none are without a strategy."""
        return timedelta(days=self.backup_strategy.keep_days if self.backup_strategy else 0)

    def shape(self, source: Shape) -> Shape:
        """The shape of the new instance; engine and version are those of the source."""
        return Shape(
            engine=source.engine,
            version=source.version,
            flavor=self.flavor_ref,
            zones=self.zones,
            replication=self.ha.replication_mode if self.ha else "",
            volume_type=self.volume.type,
            volume_gb=self.volume.size,
            region=self.region,
            vpc_id=self.vpc_id,
            subnet_id=self.subnet_id,
            security_group_id=self.security_group_id,
            port=int(self.port) if self.port else ENGINES[source.engine],
            time_zone=self.time_zone,
            backup_hour=self.backup_strategy.start_time if self.backup_strategy else "00:00-01:00",
            enterprise_project_id=self.enterprise_project_id,
            disk_encryption_id=self.disk_encryption_id or "",
            charge_mode=self.charge_info.charge_mode,
            tags={tag.key: tag.value for tag in self.tags},
        )

    def check_password(self) -> None:
        """Raise AnswerError for a password that the service does not take."""
        password = self.password
        if password is None:
            return
        classes = sum(not set(each).isdisjoint(password) for each in _CLASSES)
        known = set().union(*_CLASSES).issuperset(password)
        if not (8 <= len(password) <= 32 and known and classes >= _NEEDED_CLASSES):  # noqa: PLR2004  as documented
            raise service_error(400, "DBS.200052", "The password is invalid.")


def read(body: bytes) -> Asked:
    """Read a body. Raises AnswerError for what cannot be read.

    Of a body without a restore point the real service makes an empty instance, and bills it. Nobody
    here may ever ask for that, so the sandbox refuses it.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as not_json:
        raise bad_parameter("The body is not JSON.") from not_json
    if not isinstance(document, dict) or "restore_point" not in document:
        raise bad_parameter("Without restore_point this would make AN EMPTY, BILLED INSTANCE.")
    if None in document.values():
        raise bad_parameter("Nothing may be null.")
    try:
        return msgspec.convert(document, Asked)
    except msgspec.ValidationError as wrong:
        raise bad_parameter(str(wrong)) from wrong
