from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.backup_strategy import BackupStrategy
    from ..models.new_volume import NewVolume
    from ..models.pay_per_use import PayPerUse
    from ..models.restore_point import RestorePoint
    from ..models.standby import Standby
    from ..models.tag import Tag


T = TypeVar("T", bound="RestoreToNewInstance")


@_attrs_define
class RestoreToNewInstance:
    """A new instance, and what it is restored from. The network is required of PostgreSQL and SQL Server only, and sent
    for every engine.

        Attributes:
            name (str): The name of an instance. Whether two may share one is told in two ways. MySQL allows dots too.
            restore_point (RestorePoint): What to restore, and as of when.
            flavor_ref (str): The `spec_code` of the flavor, which must be on sale in the zone.
            volume (NewVolume): The disk of a new instance, at least as large as that of the source.
            region (str): The region, that of the source.
            availability_zone (str): One zone, or for an instance with a standby two with a comma between them.
            vpc_id (str): The VPC.
            subnet_id (str): The *network* id of the subnet.
            security_group_id (str): The security group.
            ha (Standby | Unset): That a new instance has a standby. Left out for a single instance.
            password (str | Unset): The password of the administrator: three of upper case, lower case, digits and special
                characters, of which all engines take `~!@#$%^*-_+?,`. Whether the source's is kept where it is absent is not
                documented.
            port (str | Unset): The port, as text. The engine's own when absent.
            configuration_id (str | Unset): The parameter template. The engine's own when absent; no read tells the
                source's.
            time_zone (str | Unset): The time zone, for SQL Server that of the source. UTC when absent.
            disk_encryption_id (str | Unset): The key that encrypts the disk.
            enterprise_project_id (str | Unset): The enterprise project; `0` is the default one.
            backup_strategy (BackupStrategy | Unset): The automated backups of an instance.
            charge_info (PayPerUse | Unset): How a new instance is billed. A restore makes no other kind.
            tags (list[Tag] | Unset): The tags, at most 20.
            dry_run (bool | Unset): Only check, for MySQL only.
    """

    name: str
    restore_point: RestorePoint
    flavor_ref: str
    volume: NewVolume
    region: str
    availability_zone: str
    vpc_id: str
    subnet_id: str
    security_group_id: str
    ha: Standby | Unset = UNSET
    password: str | Unset = UNSET
    port: str | Unset = UNSET
    configuration_id: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    disk_encryption_id: str | Unset = UNSET
    enterprise_project_id: str | Unset = UNSET
    backup_strategy: BackupStrategy | Unset = UNSET
    charge_info: PayPerUse | Unset = UNSET
    tags: list[Tag] | Unset = UNSET
    dry_run: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        restore_point = self.restore_point.to_dict()

        flavor_ref = self.flavor_ref

        volume = self.volume.to_dict()

        region = self.region

        availability_zone = self.availability_zone

        vpc_id = self.vpc_id

        subnet_id = self.subnet_id

        security_group_id = self.security_group_id

        ha: dict[str, Any] | Unset = UNSET
        if not isinstance(self.ha, Unset):
            ha = self.ha.to_dict()

        password = self.password

        port = self.port

        configuration_id = self.configuration_id

        time_zone = self.time_zone

        disk_encryption_id = self.disk_encryption_id

        enterprise_project_id = self.enterprise_project_id

        backup_strategy: dict[str, Any] | Unset = UNSET
        if not isinstance(self.backup_strategy, Unset):
            backup_strategy = self.backup_strategy.to_dict()

        charge_info: dict[str, Any] | Unset = UNSET
        if not isinstance(self.charge_info, Unset):
            charge_info = self.charge_info.to_dict()

        tags: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = []
            for tags_item_data in self.tags:
                tags_item = tags_item_data.to_dict()
                tags.append(tags_item)

        dry_run = self.dry_run

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "restore_point": restore_point,
                "flavor_ref": flavor_ref,
                "volume": volume,
                "region": region,
                "availability_zone": availability_zone,
                "vpc_id": vpc_id,
                "subnet_id": subnet_id,
                "security_group_id": security_group_id,
            }
        )
        if ha is not UNSET:
            field_dict["ha"] = ha
        if password is not UNSET:
            field_dict["password"] = password
        if port is not UNSET:
            field_dict["port"] = port
        if configuration_id is not UNSET:
            field_dict["configuration_id"] = configuration_id
        if time_zone is not UNSET:
            field_dict["time_zone"] = time_zone
        if disk_encryption_id is not UNSET:
            field_dict["disk_encryption_id"] = disk_encryption_id
        if enterprise_project_id is not UNSET:
            field_dict["enterprise_project_id"] = enterprise_project_id
        if backup_strategy is not UNSET:
            field_dict["backup_strategy"] = backup_strategy
        if charge_info is not UNSET:
            field_dict["charge_info"] = charge_info
        if tags is not UNSET:
            field_dict["tags"] = tags
        if dry_run is not UNSET:
            field_dict["dry_run"] = dry_run

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.backup_strategy import BackupStrategy  # noqa: PLC0415
        from ..models.new_volume import NewVolume  # noqa: PLC0415
        from ..models.pay_per_use import PayPerUse  # noqa: PLC0415
        from ..models.restore_point import RestorePoint  # noqa: PLC0415
        from ..models.standby import Standby  # noqa: PLC0415
        from ..models.tag import Tag  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        restore_point = RestorePoint.from_dict(d.pop("restore_point"))

        flavor_ref = d.pop("flavor_ref")

        volume = NewVolume.from_dict(d.pop("volume"))

        region = d.pop("region")

        availability_zone = d.pop("availability_zone")

        vpc_id = d.pop("vpc_id")

        subnet_id = d.pop("subnet_id")

        security_group_id = d.pop("security_group_id")

        _ha = d.pop("ha", UNSET)
        ha: Standby | Unset
        if isinstance(_ha, Unset):
            ha = UNSET
        else:
            ha = Standby.from_dict(_ha)

        password = d.pop("password", UNSET)

        port = d.pop("port", UNSET)

        configuration_id = d.pop("configuration_id", UNSET)

        time_zone = d.pop("time_zone", UNSET)

        disk_encryption_id = d.pop("disk_encryption_id", UNSET)

        enterprise_project_id = d.pop("enterprise_project_id", UNSET)

        _backup_strategy = d.pop("backup_strategy", UNSET)
        backup_strategy: BackupStrategy | Unset
        if isinstance(_backup_strategy, Unset):
            backup_strategy = UNSET
        else:
            backup_strategy = BackupStrategy.from_dict(_backup_strategy)

        _charge_info = d.pop("charge_info", UNSET)
        charge_info: PayPerUse | Unset
        if isinstance(_charge_info, Unset):
            charge_info = UNSET
        else:
            charge_info = PayPerUse.from_dict(_charge_info)

        _tags = d.pop("tags", UNSET)
        tags: list[Tag] | Unset = UNSET
        if _tags is not UNSET:
            tags = []
            for tags_item_data in _tags:
                tags_item = Tag.from_dict(tags_item_data)

                tags.append(tags_item)

        dry_run = d.pop("dry_run", UNSET)

        restore_to_new_instance = cls(
            name=name,
            restore_point=restore_point,
            flavor_ref=flavor_ref,
            volume=volume,
            region=region,
            availability_zone=availability_zone,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            security_group_id=security_group_id,
            ha=ha,
            password=password,
            port=port,
            configuration_id=configuration_id,
            time_zone=time_zone,
            disk_encryption_id=disk_encryption_id,
            enterprise_project_id=enterprise_project_id,
            backup_strategy=backup_strategy,
            charge_info=charge_info,
            tags=tags,
            dry_run=dry_run,
        )

        restore_to_new_instance.additional_properties = d
        return restore_to_new_instance

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
