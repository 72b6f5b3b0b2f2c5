from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

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
    """

    id: str
    name: str | Unset = UNSET
    mode: str | Unset = UNSET
    status: str | Unset = UNSET
    actions: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        mode = self.mode

        status = self.status

        actions: list[str] | Unset = UNSET
        if not isinstance(self.actions, Unset):
            actions = self.actions

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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        mode = d.pop("mode", UNSET)

        status = d.pop("status", UNSET)

        actions = cast(list[str], d.pop("actions", UNSET))

        instance = cls(
            id=id,
            name=name,
            mode=mode,
            status=status,
            actions=actions,
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
