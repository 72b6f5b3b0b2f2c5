from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.new_nodes_storage import NewNodesStorage, check_new_nodes_storage

T = TypeVar("T", bound="NewNodes")


@_attrs_define
class NewNodes:
    """How many nodes of which kind, and the disk of the instance. Numbers are text.

    Attributes:
        num (str): Nodes, at least as many as were backed up.
        storage (NewNodesStorage): The kind of disk. No read tells it, and there is no other.
        size (str): GB, at least as many as were backed up.
        spec_code (str): The flavor.
    """

    num: str
    storage: NewNodesStorage
    size: str
    spec_code: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        num = self.num

        storage: str = self.storage

        size = self.size

        spec_code = self.spec_code

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "num": num,
                "storage": storage,
                "size": size,
                "spec_code": spec_code,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        num = d.pop("num")

        storage = check_new_nodes_storage(d.pop("storage"))

        size = d.pop("size")

        spec_code = d.pop("spec_code")

        new_nodes = cls(
            num=num,
            storage=storage,
            size=size,
            spec_code=spec_code,
        )

        new_nodes.additional_properties = d
        return new_nodes

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
