from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.backup_strategy import BackupStrategy
    from ..models.datastore import Datastore


T = TypeVar("T", bound="Instance")


@_attrs_define
class Instance:
    """One instance; the service sends more fields than are listed here.

    Attributes:
        id (str): The instance id.
        name (str | Unset): The instance name.
        mode (str | Unset): The kind of cluster; `Cluster` is a proxy cluster.
        status (str | Unset): `normal`, `abnormal`, `creating`, `frozen`, `data_disk_full`, `createfail` or
            `enlargefail`. No enum, so that an unknown status can be read: only a `normal` instance can be restored. No
            status is documented for an instance that is being restored.
        actions (list[str] | Unset): What the instance is doing right now; empty when idle. An absent list is not an
            empty one: then it is unknown.
        product_type (str | Unset): `Standard` or `Capacity` for `CloudNativeCluster`; empty or absent for others.
        port (str | Unset): The port, as text.
        region (str | Unset): The region.
        availability_zone (str | Unset): The zone, or three of them with commas between them.
        datastore (Datastore | None | Unset): The engine. As all parts, null is allowed, so that it hides nothing else.
        engine (str | Unset): How it stores, `rocksDB`.
        vpc_id (str | Unset): The VPC.
        subnet_id (str | Unset): The *network* id of the subnet.
        security_group_id (str | Unset): The security group.
        enterprise_project_id (str | Unset): The enterprise project; `0` is the default one.
        disk_encryption_id (str | Unset): The key that encrypts the disk; empty for none.
        backup_strategy (BackupStrategy | None | Unset): Its automated backups.
        pay_mode (str | Unset): `0` by the hour, `1` by the month or year.
        lb_ip_address (str | Unset): The address of its load balancer, where it has one.
        lb_port (str | Unset): The port there, as text.
        created (str | Unset): When it was made, **without a zone**, which is not documented.
        groups (list[Any] | None | Unset): Its nodes in groups; none while it is being made. A group has `volume.size`,
            in GB as text, and
            `nodes`, and each of these `id`, `private_ip`, `spec_code` and `availability_zone`. No restore
            in place needs them, so another shape must not hide the rest: they may be anything.
    """

    id: str
    name: str | Unset = UNSET
    mode: str | Unset = UNSET
    status: str | Unset = UNSET
    actions: list[str] | Unset = UNSET
    product_type: str | Unset = UNSET
    port: str | Unset = UNSET
    region: str | Unset = UNSET
    availability_zone: str | Unset = UNSET
    datastore: Datastore | None | Unset = UNSET
    engine: str | Unset = UNSET
    vpc_id: str | Unset = UNSET
    subnet_id: str | Unset = UNSET
    security_group_id: str | Unset = UNSET
    enterprise_project_id: str | Unset = UNSET
    disk_encryption_id: str | Unset = UNSET
    backup_strategy: BackupStrategy | None | Unset = UNSET
    pay_mode: str | Unset = UNSET
    lb_ip_address: str | Unset = UNSET
    lb_port: str | Unset = UNSET
    created: str | Unset = UNSET
    groups: list[Any] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.backup_strategy import BackupStrategy  # noqa: PLC0415
        from ..models.datastore import Datastore  # noqa: PLC0415

        id = self.id

        name = self.name

        mode = self.mode

        status = self.status

        actions: list[str] | Unset = UNSET
        if not isinstance(self.actions, Unset):
            actions = self.actions

        product_type = self.product_type

        port = self.port

        region = self.region

        availability_zone = self.availability_zone

        datastore: dict[str, Any] | None | Unset
        if isinstance(self.datastore, Unset):
            datastore = UNSET
        elif isinstance(self.datastore, Datastore):
            datastore = self.datastore.to_dict()
        else:
            datastore = self.datastore

        engine = self.engine

        vpc_id = self.vpc_id

        subnet_id = self.subnet_id

        security_group_id = self.security_group_id

        enterprise_project_id = self.enterprise_project_id

        disk_encryption_id = self.disk_encryption_id

        backup_strategy: dict[str, Any] | None | Unset
        if isinstance(self.backup_strategy, Unset):
            backup_strategy = UNSET
        elif isinstance(self.backup_strategy, BackupStrategy):
            backup_strategy = self.backup_strategy.to_dict()
        else:
            backup_strategy = self.backup_strategy

        pay_mode = self.pay_mode

        lb_ip_address = self.lb_ip_address

        lb_port = self.lb_port

        created = self.created

        groups: list[Any] | None | Unset
        if isinstance(self.groups, Unset):
            groups = UNSET
        elif isinstance(self.groups, list):
            groups = self.groups

        else:
            groups = self.groups

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if mode is not UNSET:
            field_dict["mode"] = mode
        if status is not UNSET:
            field_dict["status"] = status
        if actions is not UNSET:
            field_dict["actions"] = actions
        if product_type is not UNSET:
            field_dict["product_type"] = product_type
        if port is not UNSET:
            field_dict["port"] = port
        if region is not UNSET:
            field_dict["region"] = region
        if availability_zone is not UNSET:
            field_dict["availability_zone"] = availability_zone
        if datastore is not UNSET:
            field_dict["datastore"] = datastore
        if engine is not UNSET:
            field_dict["engine"] = engine
        if vpc_id is not UNSET:
            field_dict["vpc_id"] = vpc_id
        if subnet_id is not UNSET:
            field_dict["subnet_id"] = subnet_id
        if security_group_id is not UNSET:
            field_dict["security_group_id"] = security_group_id
        if enterprise_project_id is not UNSET:
            field_dict["enterprise_project_id"] = enterprise_project_id
        if disk_encryption_id is not UNSET:
            field_dict["disk_encryption_id"] = disk_encryption_id
        if backup_strategy is not UNSET:
            field_dict["backup_strategy"] = backup_strategy
        if pay_mode is not UNSET:
            field_dict["pay_mode"] = pay_mode
        if lb_ip_address is not UNSET:
            field_dict["lb_ip_address"] = lb_ip_address
        if lb_port is not UNSET:
            field_dict["lb_port"] = lb_port
        if created is not UNSET:
            field_dict["created"] = created
        if groups is not UNSET:
            field_dict["groups"] = groups

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.backup_strategy import BackupStrategy  # noqa: PLC0415
        from ..models.datastore import Datastore  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        mode = d.pop("mode", UNSET)

        status = d.pop("status", UNSET)

        actions = cast(list[str], d.pop("actions", UNSET))

        product_type = d.pop("product_type", UNSET)

        port = d.pop("port", UNSET)

        region = d.pop("region", UNSET)

        availability_zone = d.pop("availability_zone", UNSET)

        def _parse_datastore(data: object) -> Datastore | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                datastore_type_0 = Datastore.from_dict(data)

                return datastore_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Datastore | None | Unset, data)

        datastore = _parse_datastore(d.pop("datastore", UNSET))

        engine = d.pop("engine", UNSET)

        vpc_id = d.pop("vpc_id", UNSET)

        subnet_id = d.pop("subnet_id", UNSET)

        security_group_id = d.pop("security_group_id", UNSET)

        enterprise_project_id = d.pop("enterprise_project_id", UNSET)

        disk_encryption_id = d.pop("disk_encryption_id", UNSET)

        def _parse_backup_strategy(data: object) -> BackupStrategy | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                backup_strategy_type_0 = BackupStrategy.from_dict(data)

                return backup_strategy_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(BackupStrategy | None | Unset, data)

        backup_strategy = _parse_backup_strategy(d.pop("backup_strategy", UNSET))

        pay_mode = d.pop("pay_mode", UNSET)

        lb_ip_address = d.pop("lb_ip_address", UNSET)

        lb_port = d.pop("lb_port", UNSET)

        created = d.pop("created", UNSET)

        def _parse_groups(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                groups_type_0 = cast(list[Any], data)

                return groups_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Any] | None | Unset, data)

        groups = _parse_groups(d.pop("groups", UNSET))

        instance = cls(
            id=id,
            name=name,
            mode=mode,
            status=status,
            actions=actions,
            product_type=product_type,
            port=port,
            region=region,
            availability_zone=availability_zone,
            datastore=datastore,
            engine=engine,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            security_group_id=security_group_id,
            enterprise_project_id=enterprise_project_id,
            disk_encryption_id=disk_encryption_id,
            backup_strategy=backup_strategy,
            pay_mode=pay_mode,
            lb_ip_address=lb_ip_address,
            lb_port=lb_port,
            created=created,
            groups=groups,
        )

        instance.additional_properties = d
        return instance

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
