from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.datastore import Datastore


T = TypeVar("T", bound="Backup")


@_attrs_define
class Backup:
    """One backup.

    Attributes:
        id (str): Its id.
        name (str | Unset): Its name. Several may share one.
        description (None | str | Unset): The words about it.
        instance_id (str | Unset): The instance that was backed up.
        instance_name (str | Unset): The name of that instance.
        datastore (Datastore | None | Unset): The engine.
        type_ (str | Unset): `Auto` or `Manual`.
        size (float | None | Unset): KB; null or 0 while it is being made.
        status (str | Unset): `BUILDING`, `COMPLETED` or `FAILED`. No enum, so that an unknown status can be read: only
            a `COMPLETED` backup can be restored.
        begin_time (str | Unset): A moment as GeminiDB prints it; empty while there is none.
        end_time (str | Unset): A moment as GeminiDB prints it; empty while there is none.
    """

    id: str
    name: str | Unset = UNSET
    description: None | str | Unset = UNSET
    instance_id: str | Unset = UNSET
    instance_name: str | Unset = UNSET
    datastore: Datastore | None | Unset = UNSET
    type_: str | Unset = UNSET
    size: float | None | Unset = UNSET
    status: str | Unset = UNSET
    begin_time: str | Unset = UNSET
    end_time: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.datastore import Datastore  # noqa: PLC0415

        id = self.id

        name = self.name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        instance_id = self.instance_id

        instance_name = self.instance_name

        datastore: dict[str, Any] | None | Unset
        if isinstance(self.datastore, Unset):
            datastore = UNSET
        elif isinstance(self.datastore, Datastore):
            datastore = self.datastore.to_dict()
        else:
            datastore = self.datastore

        type_ = self.type_

        size: float | None | Unset
        if isinstance(self.size, Unset):
            size = UNSET
        else:
            size = self.size

        status = self.status

        begin_time = self.begin_time

        end_time = self.end_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if instance_id is not UNSET:
            field_dict["instance_id"] = instance_id
        if instance_name is not UNSET:
            field_dict["instance_name"] = instance_name
        if datastore is not UNSET:
            field_dict["datastore"] = datastore
        if type_ is not UNSET:
            field_dict["type"] = type_
        if size is not UNSET:
            field_dict["size"] = size
        if status is not UNSET:
            field_dict["status"] = status
        if begin_time is not UNSET:
            field_dict["begin_time"] = begin_time
        if end_time is not UNSET:
            field_dict["end_time"] = end_time

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.datastore import Datastore  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        instance_id = d.pop("instance_id", UNSET)

        instance_name = d.pop("instance_name", UNSET)

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

        type_ = d.pop("type", UNSET)

        def _parse_size(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        size = _parse_size(d.pop("size", UNSET))

        status = d.pop("status", UNSET)

        begin_time = d.pop("begin_time", UNSET)

        end_time = d.pop("end_time", UNSET)

        backup = cls(
            id=id,
            name=name,
            description=description,
            instance_id=instance_id,
            instance_name=instance_name,
            datastore=datastore,
            type_=type_,
            size=size,
            status=status,
            begin_time=begin_time,
            end_time=end_time,
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
