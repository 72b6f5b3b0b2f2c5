from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.alarm_record import AlarmRecord


T = TypeVar("T", bound="AlarmRecords")


@_attrs_define
class AlarmRecords:
    """One page of alarm records, in no documented order.

    Attributes:
        alarm_histories (list[AlarmRecord]): The records.
        count (int | Unset): How many records there are on all pages.
    """

    alarm_histories: list[AlarmRecord]
    count: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        alarm_histories = []
        for alarm_histories_item_data in self.alarm_histories:
            alarm_histories_item = alarm_histories_item_data.to_dict()
            alarm_histories.append(alarm_histories_item)

        count = self.count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "alarm_histories": alarm_histories,
            }
        )
        if count is not UNSET:
            field_dict["count"] = count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.alarm_record import AlarmRecord  # noqa: PLC0415

        d = dict(src_dict)
        alarm_histories = []
        _alarm_histories = d.pop("alarm_histories")
        for alarm_histories_item_data in _alarm_histories:
            alarm_histories_item = AlarmRecord.from_dict(alarm_histories_item_data)

            alarm_histories.append(alarm_histories_item)

        count = d.pop("count", UNSET)

        alarm_records = cls(
            alarm_histories=alarm_histories,
            count=count,
        )

        alarm_records.additional_properties = d
        return alarm_records

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
