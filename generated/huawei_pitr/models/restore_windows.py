from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.restore_window import RestoreWindow


T = TypeVar("T", bound="RestoreWindows")


@_attrs_define
class RestoreWindows:
    """The windows of time that an RDS instance can be restored to.

    Attributes:
        restore_time (list[RestoreWindow]): The windows, in no documented order.
    """

    restore_time: list[RestoreWindow]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        restore_time = []
        for restore_time_item_data in self.restore_time:
            restore_time_item = restore_time_item_data.to_dict()
            restore_time.append(restore_time_item)

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
        from ..models.restore_window import RestoreWindow  # noqa: PLC0415

        d = dict(src_dict)
        restore_time = []
        _restore_time = d.pop("restore_time")
        for restore_time_item_data in _restore_time:
            restore_time_item = RestoreWindow.from_dict(restore_time_item_data)

            restore_time.append(restore_time_item)

        restore_windows = cls(
            restore_time=restore_time,
        )

        restore_windows.additional_properties = d
        return restore_windows

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
