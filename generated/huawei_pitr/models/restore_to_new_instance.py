from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.backup_strategy import BackupStrategy
    from ..models.new_datastore import NewDatastore
    from ..models.new_nodes import NewNodes
    from ..models.pay_per_use import PayPerUse
    from ..models.restore_info import RestoreInfo


T = TypeVar("T", bound="RestoreToNewInstance")


@_attrs_define
class RestoreToNewInstance:
    """A new instance, and the backup that it is made from.

    Attributes:
        name (str): The name of an instance or of a backup. Several may share one.
        datastore (NewDatastore): The engine of a new instance, that of the backup.
        region (str): The region, that of the backup.
        availability_zone (str): One zone, or three with commas between them.
        vpc_id (str): The VPC.
        subnet_id (str): The *network* id of the subnet.
        password (str): The password of the administrator: upper case, lower case, digits and special characters, of
            `~!@#%^*-_=+?`.
        mode (str): The kind of cluster, that of the instance that was backed up.
        flavor (list[NewNodes]): The nodes, all of one kind.
        restore_info (RestoreInfo): What to restore. The service also knows a moment, for other engines.
        security_group_id (str | Unset): The security group.
        product_type (str | Unset): For `CloudNativeCluster`.
        port (str | Unset): The port, as text. 6379 when absent.
        enterprise_project_id (str | Unset): The enterprise project; `0` is the default one.
        backup_strategy (BackupStrategy | Unset): The automated backups of an instance.
        charge_info (PayPerUse | Unset): How a new instance is billed. A restore makes no other kind.
    """

    name: str
    datastore: NewDatastore
    region: str
    availability_zone: str
    vpc_id: str
    subnet_id: str
    password: str
    mode: str
    flavor: list[NewNodes]
    restore_info: RestoreInfo
    security_group_id: str | Unset = UNSET
    product_type: str | Unset = UNSET
    port: str | Unset = UNSET
    enterprise_project_id: str | Unset = UNSET
    backup_strategy: BackupStrategy | Unset = UNSET
    charge_info: PayPerUse | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        datastore = self.datastore.to_dict()

        region = self.region

        availability_zone = self.availability_zone

        vpc_id = self.vpc_id

        subnet_id = self.subnet_id

        password = self.password

        mode = self.mode

        flavor = []
        for flavor_item_data in self.flavor:
            flavor_item = flavor_item_data.to_dict()
            flavor.append(flavor_item)

        restore_info = self.restore_info.to_dict()

        security_group_id = self.security_group_id

        product_type = self.product_type

        port = self.port

        enterprise_project_id = self.enterprise_project_id

        backup_strategy: dict[str, Any] | Unset = UNSET
        if not isinstance(self.backup_strategy, Unset):
            backup_strategy = self.backup_strategy.to_dict()

        charge_info: dict[str, Any] | Unset = UNSET
        if not isinstance(self.charge_info, Unset):
            charge_info = self.charge_info.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "datastore": datastore,
                "region": region,
                "availability_zone": availability_zone,
                "vpc_id": vpc_id,
                "subnet_id": subnet_id,
                "password": password,
                "mode": mode,
                "flavor": flavor,
                "restore_info": restore_info,
            }
        )
        if security_group_id is not UNSET:
            field_dict["security_group_id"] = security_group_id
        if product_type is not UNSET:
            field_dict["product_type"] = product_type
        if port is not UNSET:
            field_dict["port"] = port
        if enterprise_project_id is not UNSET:
            field_dict["enterprise_project_id"] = enterprise_project_id
        if backup_strategy is not UNSET:
            field_dict["backup_strategy"] = backup_strategy
        if charge_info is not UNSET:
            field_dict["charge_info"] = charge_info

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.backup_strategy import BackupStrategy  # noqa: PLC0415
        from ..models.new_datastore import NewDatastore  # noqa: PLC0415
        from ..models.new_nodes import NewNodes  # noqa: PLC0415
        from ..models.pay_per_use import PayPerUse  # noqa: PLC0415
        from ..models.restore_info import RestoreInfo  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        datastore = NewDatastore.from_dict(d.pop("datastore"))

        region = d.pop("region")

        availability_zone = d.pop("availability_zone")

        vpc_id = d.pop("vpc_id")

        subnet_id = d.pop("subnet_id")

        password = d.pop("password")

        mode = d.pop("mode")

        flavor = []
        _flavor = d.pop("flavor")
        for flavor_item_data in _flavor:
            flavor_item = NewNodes.from_dict(flavor_item_data)

            flavor.append(flavor_item)

        restore_info = RestoreInfo.from_dict(d.pop("restore_info"))

        security_group_id = d.pop("security_group_id", UNSET)

        product_type = d.pop("product_type", UNSET)

        port = d.pop("port", UNSET)

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

        restore_to_new_instance = cls(
            name=name,
            datastore=datastore,
            region=region,
            availability_zone=availability_zone,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            password=password,
            mode=mode,
            flavor=flavor,
            restore_info=restore_info,
            security_group_id=security_group_id,
            product_type=product_type,
            port=port,
            enterprise_project_id=enterprise_project_id,
            backup_strategy=backup_strategy,
            charge_info=charge_info,
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
