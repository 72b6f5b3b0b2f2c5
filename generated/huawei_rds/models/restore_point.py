from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.restore_point_type import RestorePointType, check_restore_point_type

T = TypeVar("T", bound="RestorePoint")


@_attrs_define
class RestorePoint:
    """What to restore, and as of when.

    Attributes:
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the engine: `in01` MySQL, `in03`
            PostgreSQL, `in04` SQL Server. The pattern is narrow enough to keep `*` out of a query.
        type_ (RestorePointType): To a moment. The service also restores a single backup.
        restore_time (int): A moment in milliseconds since 1970, UTC.
    """

    instance_id: str
    type_: RestorePointType
    restore_time: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        instance_id = self.instance_id

        type_: str = self.type_

        restore_time = self.restore_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "instance_id": instance_id,
                "type": type_,
                "restore_time": restore_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        instance_id = d.pop("instance_id")

        type_ = check_restore_point_type(d.pop("type"))

        restore_time = d.pop("restore_time")

        restore_point = cls(
            instance_id=instance_id,
            type_=type_,
            restore_time=restore_time,
        )

        restore_point.additional_properties = d
        return restore_point

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
