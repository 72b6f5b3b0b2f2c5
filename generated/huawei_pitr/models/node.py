from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Node")


@_attrs_define
class Node:
    """A node.

    Attributes:
        id (str | Unset): The id of the node.
        name (str | Unset): Its name.
        status (str | Unset): Its status.
        private_ip (str | Unset): Its address in the VPC; empty while it is being made.
        spec_code (str | Unset): Its flavor.
        availability_zone (str | Unset): Its zone.
    """

    id: str | Unset = UNSET
    name: str | Unset = UNSET
    status: str | Unset = UNSET
    private_ip: str | Unset = UNSET
    spec_code: str | Unset = UNSET
    availability_zone: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        status = self.status

        private_ip = self.private_ip

        spec_code = self.spec_code

        availability_zone = self.availability_zone

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if name is not UNSET:
            field_dict["name"] = name
        if status is not UNSET:
            field_dict["status"] = status
        if private_ip is not UNSET:
            field_dict["private_ip"] = private_ip
        if spec_code is not UNSET:
            field_dict["spec_code"] = spec_code
        if availability_zone is not UNSET:
            field_dict["availability_zone"] = availability_zone

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id", UNSET)

        name = d.pop("name", UNSET)

        status = d.pop("status", UNSET)

        private_ip = d.pop("private_ip", UNSET)

        spec_code = d.pop("spec_code", UNSET)

        availability_zone = d.pop("availability_zone", UNSET)

        node = cls(
            id=id,
            name=name,
            status=status,
            private_ip=private_ip,
            spec_code=spec_code,
            availability_zone=availability_zone,
        )

        node.additional_properties = d
        return node

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
