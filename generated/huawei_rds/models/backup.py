from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Backup")


@_attrs_define
class Backup:
    """One backup. The official example spells `id` with a blank behind it.

    Attributes:
        id (str | Unset): The backup id.
        instance_id (str | Unset): The instance.
        name (str | Unset): The name of the backup.
        type_ (str | Unset): `auto`, `manual`, `fragment` or `incremental`.
        status (str | Unset): `BUILDING`, `COMPLETED`, `FAILED` or `DELETING`.
        begin_time (str | Unset): A moment as RDS prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a colon;
            empty while there is none.
        end_time (str | Unset): A moment as RDS prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a colon;
            empty while there is none.
        size (int | Unset): KB.
        min_data_volume_capacity_for_restore (int | Unset): GB of the smallest disk that it can be restored to.
    """

    id: str | Unset = UNSET
    instance_id: str | Unset = UNSET
    name: str | Unset = UNSET
    type_: str | Unset = UNSET
    status: str | Unset = UNSET
    begin_time: str | Unset = UNSET
    end_time: str | Unset = UNSET
    size: int | Unset = UNSET
    min_data_volume_capacity_for_restore: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        instance_id = self.instance_id

        name = self.name

        type_ = self.type_

        status = self.status

        begin_time = self.begin_time

        end_time = self.end_time

        size = self.size

        min_data_volume_capacity_for_restore = self.min_data_volume_capacity_for_restore

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if instance_id is not UNSET:
            field_dict["instance_id"] = instance_id
        if name is not UNSET:
            field_dict["name"] = name
        if type_ is not UNSET:
            field_dict["type"] = type_
        if status is not UNSET:
            field_dict["status"] = status
        if begin_time is not UNSET:
            field_dict["begin_time"] = begin_time
        if end_time is not UNSET:
            field_dict["end_time"] = end_time
        if size is not UNSET:
            field_dict["size"] = size
        if min_data_volume_capacity_for_restore is not UNSET:
            field_dict["min_data_volume_capacity_for_restore"] = (
                min_data_volume_capacity_for_restore
            )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id", UNSET)

        instance_id = d.pop("instance_id", UNSET)

        name = d.pop("name", UNSET)

        type_ = d.pop("type", UNSET)

        status = d.pop("status", UNSET)

        begin_time = d.pop("begin_time", UNSET)

        end_time = d.pop("end_time", UNSET)

        size = d.pop("size", UNSET)

        min_data_volume_capacity_for_restore = d.pop("min_data_volume_capacity_for_restore", UNSET)

        backup = cls(
            id=id,
            instance_id=instance_id,
            name=name,
            type_=type_,
            status=status,
            begin_time=begin_time,
            end_time=end_time,
            size=size,
            min_data_volume_capacity_for_restore=min_data_volume_capacity_for_restore,
        )

        backup.additional_properties = d
        return backup

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
