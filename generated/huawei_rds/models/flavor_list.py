from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.flavor import Flavor


T = TypeVar("T", bound="FlavorList")


@_attrs_define
class FlavorList:
    """The flavors.

    Attributes:
        flavors (list[Flavor]): The flavors, in no documented order.
    """

    flavors: list[Flavor]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        flavors = []
        for flavors_item_data in self.flavors:
            flavors_item = flavors_item_data.to_dict()
            flavors.append(flavors_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "flavors": flavors,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.flavor import Flavor  # noqa: PLC0415

        d = dict(src_dict)
        flavors = []
        _flavors = d.pop("flavors")
        for flavors_item_data in _flavors:
            flavors_item = Flavor.from_dict(flavors_item_data)

            flavors.append(flavors_item)

        flavor_list = cls(
            flavors=flavors,
        )

        flavor_list.additional_properties = d
        return flavor_list

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
