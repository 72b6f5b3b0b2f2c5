"""What the writes about backups ask for: their bodies, read strictly."""

from __future__ import annotations

import string
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from sandbox.huawei.geminidb.shape import Shape
from sandbox.huawei.wire.answers import bad_parameter, service_error

__all__ = ["Asked", "NewBackup", "Tags", "read", "read_restore"]

T = TypeVar("T")

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][0-9A-Za-z_-]{3,63}\Z")]
_HOUR = r"([01][0-9]|2[0-3]):(00|15|30|45)"
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "~!@#%^*-_=+?")
_NEEDED_CLASSES = 2
_TAKEN_PORTS = frozenset({2180, 2887, 3887, 6377, 6378, 6380, 8018, 8079, 8091, 8479, 8484, 8999})


class NewBackup(msgspec.Struct, frozen=True):
    """A manual backup."""

    name: _Name
    description: Annotated[str, msgspec.Meta(pattern=r"^[^>!<\"&'=\r\n]{1,256}\Z")]


class _Tag(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{1,36}\Z")]
    value: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_.-]{0,43}\Z")] = ""


class Tags(msgspec.Struct, frozen=True):
    """Tags to add."""

    action: Literal["create"]
    tags: Annotated[list[_Tag], msgspec.Meta(min_length=1, max_length=20)]

    def pairs(self) -> dict[str, str]:
        """The tags by their keys. Raises AnswerError where one is given twice."""
        pairs = {tag.key: tag.value for tag in self.tags}
        if len(pairs) < len(self.tags):
            raise bad_parameter("A key is given twice.")
        return pairs


class _Datastore(msgspec.Struct, frozen=True):
    type: Literal["redis"]
    version: _Text
    storage_engine: Literal["rocksDB"]


class _Nodes(msgspec.Struct, frozen=True):
    num: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,2}\Z")]
    storage: Literal["ULTRAHIGH"]
    size: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,5}\Z")]
    spec_code: _Text


class _BackupStrategy(msgspec.Struct, frozen=True):
    start_time: Annotated[str, msgspec.Meta(pattern=rf"^{_HOUR}-{_HOUR}\Z")]
    keep_days: Annotated[int, msgspec.Meta(ge=0, le=35)]


class _ChargeInfo(msgspec.Struct, frozen=True):
    charge_mode: Literal["postPaid"]


class _RestoreInfo(msgspec.Struct, frozen=True):
    backup_id: _Text


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A restore of a backup to a new instance."""

    name: _Name
    datastore: _Datastore
    region: _Text
    availability_zone: _Text
    vpc_id: _Text
    subnet_id: _Text
    security_group_id: str = ""
    password: str
    mode: _Text
    product_type: str = ""
    flavor: Annotated[list[_Nodes], msgspec.Meta(min_length=1, max_length=1)]
    port: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{3,4}\Z")] = "6379"
    enterprise_project_id: _Text = "0"
    backup_strategy: _BackupStrategy = _BackupStrategy("00:00-01:00", 7)
    charge_info: _ChargeInfo = _ChargeInfo("postPaid")
    restore_info: _RestoreInfo

    @property
    def nodes(self) -> int:
        """How many nodes it is to have."""
        return int(self.flavor[0].num)

    @property
    def volume_gb(self) -> int:
        """How large its disk is to be."""
        return int(self.flavor[0].size)

    def shape(self, source: Shape) -> Shape:
        """The shape of the new instance; the key of its disk is that of the source."""
        return Shape(
            version=source.version,
            nodes=self.nodes,
            spec_code=self.flavor[0].spec_code,
            volume_gb=self.volume_gb,
            zones=tuple(self.availability_zone.split(",")),
            region=self.region,
            vpc_id=self.vpc_id,
            subnet_id=self.subnet_id,
            security_group_id=self.security_group_id,
            enterprise_project_id=self.enterprise_project_id,
            disk_encryption_id=source.disk_encryption_id,
            backup_hour=self.backup_strategy.start_time,
            keep_days=self.backup_strategy.keep_days,
            product_type=self.product_type,
        )

    def check(self) -> None:
        """Raise AnswerError for a password or a port that the service does not take."""
        password = self.password
        classes = sum(not set(each).isdisjoint(password) for each in _CLASSES)
        known = set().union(*_CLASSES).issuperset(password)
        if not (8 <= len(password) <= 32 and known and classes >= _NEEDED_CLASSES):  # noqa: PLR2004  as documented
            raise service_error(400, "DBS.200052", "The password is invalid.")
        if not 1024 <= int(self.port) <= 65535 or int(self.port) in _TAKEN_PORTS:  # noqa: PLR2004  as documented
            raise bad_parameter("The port is invalid.")


def read(body: bytes, kind: type[T]) -> T:
    """Read a body. Raises AnswerError for what cannot be read."""
    document = _document(body)
    if None in document.values():
        raise bad_parameter("Nothing may be null.")
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as wrong:
        raise bad_parameter(str(wrong)) from wrong


def read_restore(body: bytes) -> Asked:
    """Read a restore to a new instance.

    Of a body without `restore_info` the real service makes an empty instance, and bills it. Nobody
    here may ever ask for that, so the sandbox refuses it.
    """
    if "restore_info" not in _document(body):
        raise bad_parameter("Without restore_info this would make AN EMPTY, BILLED INSTANCE.")
    return read(body, Asked)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as not_json:
        raise bad_parameter("The body is not JSON.") from not_json
    if not isinstance(document, dict):
        raise bad_parameter("The body is no object.")
    return document
