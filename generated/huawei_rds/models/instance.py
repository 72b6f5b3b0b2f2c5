from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.backup_strategy import BackupStrategy
    from ..models.charge_info import ChargeInfo
    from ..models.datastore import Datastore
    from ..models.node import Node
    from ..models.replication import Replication
    from ..models.tag import Tag
    from ..models.volume import Volume


T = TypeVar("T", bound="Instance")


@_attrs_define
class Instance:
    """One instance; the service sends more fields than are listed here. Null is allowed for each part, because a part that
    is missing must not hide the instance, nor the others of the list.

        Attributes:
            id (str): The instance id.
            name (str | Unset): The instance name.
            status (str | Unset): `BUILD`, `ACTIVE`, `FAILED`, `FROZEN`, `MODIFYING`, `REBOOTING`, `RESTORING`, `MODIFYING
                INSTANCE TYPE`, `SWITCHOVER`, `MIGRATING`, `BACKING UP`, `MODIFYING DATABASE PORT` or `STORAGE FULL`, with
                blanks. No enum, so that an unknown status can be read.
            type_ (str | Unset): `Single`, `Ha` with a standby, or `Replica`.
            created (str | Unset): A moment as RDS prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a colon;
                empty while there is none.
            port (int | Unset): The port; a number here, text in a request.
            private_ips (list[str] | None | Unset): The addresses in the VPC; none while it is being built.
            public_ips (list[str] | None | Unset): The public addresses.
            datastore (Datastore | None | Unset): The engine.
            ha (None | Replication | Unset): How the standby follows; null or empty for a single instance.
            flavor_ref (str | Unset): The `spec_code` of the flavor.
            volume (None | Unset | Volume): The disk.
            region (str | Unset): The region.
            vpc_id (str | Unset): The VPC.
            subnet_id (str | Unset): The *network* id of the subnet.
            security_group_id (str | Unset): The security group.
            time_zone (str | Unset): The time zone.
            enterprise_project_id (str | Unset): The enterprise project; `0` is the default one.
            disk_encryption_id (str | Unset): The key that encrypts the disk; empty for none.
            backup_strategy (BackupStrategy | None | Unset): Its automated backups.
            charge_info (ChargeInfo | None | Unset): How it is billed.
            tags (list[Tag] | None | Unset): Its tags.
            nodes (list[Node] | None | Unset): Its nodes, in no documented order; none while it is being built.
    """

    id: str
    name: str | Unset = UNSET
    status: str | Unset = UNSET
    type_: str | Unset = UNSET
    created: str | Unset = UNSET
    port: int | Unset = UNSET
    private_ips: list[str] | None | Unset = UNSET
    public_ips: list[str] | None | Unset = UNSET
    datastore: Datastore | None | Unset = UNSET
    ha: None | Replication | Unset = UNSET
    flavor_ref: str | Unset = UNSET
    volume: None | Unset | Volume = UNSET
    region: str | Unset = UNSET
    vpc_id: str | Unset = UNSET
    subnet_id: str | Unset = UNSET
    security_group_id: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    enterprise_project_id: str | Unset = UNSET
    disk_encryption_id: str | Unset = UNSET
    backup_strategy: BackupStrategy | None | Unset = UNSET
    charge_info: ChargeInfo | None | Unset = UNSET
    tags: list[Tag] | None | Unset = UNSET
    nodes: list[Node] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.backup_strategy import BackupStrategy  # noqa: PLC0415
        from ..models.charge_info import ChargeInfo  # noqa: PLC0415
        from ..models.datastore import Datastore  # noqa: PLC0415
        from ..models.replication import Replication  # noqa: PLC0415
        from ..models.volume import Volume  # noqa: PLC0415

        id = self.id

        name = self.name

        status = self.status

        type_ = self.type_

        created = self.created

        port = self.port

        private_ips: list[str] | None | Unset
        if isinstance(self.private_ips, Unset):
            private_ips = UNSET
        elif isinstance(self.private_ips, list):
            private_ips = self.private_ips

        else:
            private_ips = self.private_ips

        public_ips: list[str] | None | Unset
        if isinstance(self.public_ips, Unset):
            public_ips = UNSET
        elif isinstance(self.public_ips, list):
            public_ips = self.public_ips

        else:
            public_ips = self.public_ips

        datastore: dict[str, Any] | None | Unset
        if isinstance(self.datastore, Unset):
            datastore = UNSET
        elif isinstance(self.datastore, Datastore):
            datastore = self.datastore.to_dict()
        else:
            datastore = self.datastore

        ha: dict[str, Any] | None | Unset
        if isinstance(self.ha, Unset):
            ha = UNSET
        elif isinstance(self.ha, Replication):
            ha = self.ha.to_dict()
        else:
            ha = self.ha

        flavor_ref = self.flavor_ref

        volume: dict[str, Any] | None | Unset
        if isinstance(self.volume, Unset):
            volume = UNSET
        elif isinstance(self.volume, Volume):
            volume = self.volume.to_dict()
        else:
            volume = self.volume

        region = self.region

        vpc_id = self.vpc_id

        subnet_id = self.subnet_id

        security_group_id = self.security_group_id

        time_zone = self.time_zone

        enterprise_project_id = self.enterprise_project_id

        disk_encryption_id = self.disk_encryption_id

        backup_strategy: dict[str, Any] | None | Unset
        if isinstance(self.backup_strategy, Unset):
            backup_strategy = UNSET
        elif isinstance(self.backup_strategy, BackupStrategy):
            backup_strategy = self.backup_strategy.to_dict()
        else:
            backup_strategy = self.backup_strategy

        charge_info: dict[str, Any] | None | Unset
        if isinstance(self.charge_info, Unset):
            charge_info = UNSET
        elif isinstance(self.charge_info, ChargeInfo):
            charge_info = self.charge_info.to_dict()
        else:
            charge_info = self.charge_info

        tags: list[dict[str, Any]] | None | Unset
        if isinstance(self.tags, Unset):
            tags = UNSET
        elif isinstance(self.tags, list):
            tags = []
            for tags_type_0_item_data in self.tags:
                tags_type_0_item = tags_type_0_item_data.to_dict()
                tags.append(tags_type_0_item)

        else:
            tags = self.tags

        nodes: list[dict[str, Any]] | None | Unset
        if isinstance(self.nodes, Unset):
            nodes = UNSET
        elif isinstance(self.nodes, list):
            nodes = []
            for nodes_type_0_item_data in self.nodes:
                nodes_type_0_item = nodes_type_0_item_data.to_dict()
                nodes.append(nodes_type_0_item)

        else:
            nodes = self.nodes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if status is not UNSET:
            field_dict["status"] = status
        if type_ is not UNSET:
            field_dict["type"] = type_
        if created is not UNSET:
            field_dict["created"] = created
        if port is not UNSET:
            field_dict["port"] = port
        if private_ips is not UNSET:
            field_dict["private_ips"] = private_ips
        if public_ips is not UNSET:
            field_dict["public_ips"] = public_ips
        if datastore is not UNSET:
            field_dict["datastore"] = datastore
        if ha is not UNSET:
            field_dict["ha"] = ha
        if flavor_ref is not UNSET:
            field_dict["flavor_ref"] = flavor_ref
        if volume is not UNSET:
            field_dict["volume"] = volume
        if region is not UNSET:
            field_dict["region"] = region
        if vpc_id is not UNSET:
            field_dict["vpc_id"] = vpc_id
        if subnet_id is not UNSET:
            field_dict["subnet_id"] = subnet_id
        if security_group_id is not UNSET:
            field_dict["security_group_id"] = security_group_id
        if time_zone is not UNSET:
            field_dict["time_zone"] = time_zone
        if enterprise_project_id is not UNSET:
            field_dict["enterprise_project_id"] = enterprise_project_id
        if disk_encryption_id is not UNSET:
            field_dict["disk_encryption_id"] = disk_encryption_id
        if backup_strategy is not UNSET:
            field_dict["backup_strategy"] = backup_strategy
        if charge_info is not UNSET:
            field_dict["charge_info"] = charge_info
        if tags is not UNSET:
            field_dict["tags"] = tags
        if nodes is not UNSET:
            field_dict["nodes"] = nodes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.backup_strategy import BackupStrategy  # noqa: PLC0415
        from ..models.charge_info import ChargeInfo  # noqa: PLC0415
        from ..models.datastore import Datastore  # noqa: PLC0415
        from ..models.node import Node  # noqa: PLC0415
        from ..models.replication import Replication  # noqa: PLC0415
        from ..models.tag import Tag  # noqa: PLC0415
        from ..models.volume import Volume  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        status = d.pop("status", UNSET)

        type_ = d.pop("type", UNSET)

        created = d.pop("created", UNSET)

        port = d.pop("port", UNSET)

        def _parse_private_ips(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                private_ips_type_0 = cast(list[str], data)

                return private_ips_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        private_ips = _parse_private_ips(d.pop("private_ips", UNSET))

        def _parse_public_ips(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                public_ips_type_0 = cast(list[str], data)

                return public_ips_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        public_ips = _parse_public_ips(d.pop("public_ips", UNSET))

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

        def _parse_ha(data: object) -> None | Replication | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                ha_type_0 = Replication.from_dict(data)

                return ha_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Replication | Unset, data)

        ha = _parse_ha(d.pop("ha", UNSET))

        flavor_ref = d.pop("flavor_ref", UNSET)

        def _parse_volume(data: object) -> None | Unset | Volume:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                volume_type_0 = Volume.from_dict(data)

                return volume_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | Volume, data)

        volume = _parse_volume(d.pop("volume", UNSET))

        region = d.pop("region", UNSET)

        vpc_id = d.pop("vpc_id", UNSET)

        subnet_id = d.pop("subnet_id", UNSET)

        security_group_id = d.pop("security_group_id", UNSET)

        time_zone = d.pop("time_zone", UNSET)

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

        def _parse_charge_info(data: object) -> ChargeInfo | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                charge_info_type_0 = ChargeInfo.from_dict(data)

                return charge_info_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChargeInfo | None | Unset, data)

        charge_info = _parse_charge_info(d.pop("charge_info", UNSET))

        def _parse_tags(data: object) -> list[Tag] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tags_type_0 = []
                _tags_type_0 = data
                for tags_type_0_item_data in _tags_type_0:
                    tags_type_0_item = Tag.from_dict(tags_type_0_item_data)

                    tags_type_0.append(tags_type_0_item)

                return tags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Tag] | None | Unset, data)

        tags = _parse_tags(d.pop("tags", UNSET))

        def _parse_nodes(data: object) -> list[Node] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                nodes_type_0 = []
                _nodes_type_0 = data
                for nodes_type_0_item_data in _nodes_type_0:
                    nodes_type_0_item = Node.from_dict(nodes_type_0_item_data)

                    nodes_type_0.append(nodes_type_0_item)

                return nodes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Node] | None | Unset, data)

        nodes = _parse_nodes(d.pop("nodes", UNSET))

        instance = cls(
            id=id,
            name=name,
            status=status,
            type_=type_,
            created=created,
            port=port,
            private_ips=private_ips,
            public_ips=public_ips,
            datastore=datastore,
            ha=ha,
            flavor_ref=flavor_ref,
            volume=volume,
            region=region,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            security_group_id=security_group_id,
            time_zone=time_zone,
            enterprise_project_id=enterprise_project_id,
            disk_encryption_id=disk_encryption_id,
            backup_strategy=backup_strategy,
            charge_info=charge_info,
            tags=tags,
            nodes=nodes,
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
