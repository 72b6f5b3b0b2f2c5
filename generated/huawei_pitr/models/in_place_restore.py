from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="InPlaceRestore")


@_attrs_define
class InPlaceRestore:
    """The point that an instance is restored to.

    Attributes:
        restore_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a colon.
            Not `format: date-time`: a client generated from that sends `+08:00`, and neither that form nor `Z` is
            documented.
    """

    restore_time: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        restore_time = self.restore_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "restore_time": restore_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        restore_time = d.pop("restore_time")

        in_place_restore = cls(
            restore_time=restore_time,
        )

        in_place_restore.additional_properties = d
        return in_place_restore

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
