from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Recycled")


@_attrs_define
class Recycled:
    """One deleted instance; the service sends more fields than are listed here.

    Attributes:
        id (str): The id that the instance had.
        name (str | Unset): The name that it had.
        engine_name (str | Unset): The engine.
        deleted_at (int | str | Unset): A moment of the recycle bin: documented as text with an offset, while the
            official examples are milliseconds since 1970.
        retained_until (int | str | Unset): A moment of the recycle bin: documented as text with an offset, while the
            official examples are milliseconds since 1970.
        recycle_backup_id (str | Unset): The backup that is kept.
        recycle_status (str | Unset): `BUILDING` while the backup is made, then `COMPLETED`. No enum, so that another
            can be read.
    """

    id: str
    name: str | Unset = UNSET
    engine_name: str | Unset = UNSET
    deleted_at: int | str | Unset = UNSET
    retained_until: int | str | Unset = UNSET
    recycle_backup_id: str | Unset = UNSET
    recycle_status: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        engine_name = self.engine_name

        deleted_at: int | str | Unset
        if isinstance(self.deleted_at, Unset):
            deleted_at = UNSET
        else:
            deleted_at = self.deleted_at

        retained_until: int | str | Unset
        if isinstance(self.retained_until, Unset):
            retained_until = UNSET
        else:
            retained_until = self.retained_until

        recycle_backup_id = self.recycle_backup_id

        recycle_status = self.recycle_status

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if engine_name is not UNSET:
            field_dict["engine_name"] = engine_name
        if deleted_at is not UNSET:
            field_dict["deleted_at"] = deleted_at
        if retained_until is not UNSET:
            field_dict["retained_until"] = retained_until
        if recycle_backup_id is not UNSET:
            field_dict["recycle_backup_id"] = recycle_backup_id
        if recycle_status is not UNSET:
            field_dict["recycle_status"] = recycle_status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        engine_name = d.pop("engine_name", UNSET)

        def _parse_deleted_at(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        deleted_at = _parse_deleted_at(d.pop("deleted_at", UNSET))

        def _parse_retained_until(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        retained_until = _parse_retained_until(d.pop("retained_until", UNSET))

        recycle_backup_id = d.pop("recycle_backup_id", UNSET)

        recycle_status = d.pop("recycle_status", UNSET)

        recycled = cls(
            id=id,
            name=name,
            engine_name=engine_name,
            deleted_at=deleted_at,
            retained_until=retained_until,
            recycle_backup_id=recycle_backup_id,
            recycle_status=recycle_status,
        )

        recycled.additional_properties = d
        return recycled

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
