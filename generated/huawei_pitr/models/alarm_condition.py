from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="AlarmCondition")


@_attrs_define
class AlarmCondition:
    """When an alarm goes off.

    Attributes:
        period (int | Unset): Seconds to a datapoint; 1 for raw values, 0 for an event.
        filter_ (str | Unset): How a datapoint is aggregated.
        comparison_operator (str | Unset): `>`, `<`, `>=`, `<=`, `=` or `!=`; `cycle_…` compares with an earlier period.
        value (float | Unset): The threshold.
        count (int | Unset): So many datapoints in a row.
    """

    period: int | Unset = UNSET
    filter_: str | Unset = UNSET
    comparison_operator: str | Unset = UNSET
    value: float | Unset = UNSET
    count: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        period = self.period

        filter_ = self.filter_

        comparison_operator = self.comparison_operator

        value = self.value

        count = self.count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if period is not UNSET:
            field_dict["period"] = period
        if filter_ is not UNSET:
            field_dict["filter"] = filter_
        if comparison_operator is not UNSET:
            field_dict["comparison_operator"] = comparison_operator
        if value is not UNSET:
            field_dict["value"] = value
        if count is not UNSET:
            field_dict["count"] = count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        period = d.pop("period", UNSET)

        filter_ = d.pop("filter", UNSET)

        comparison_operator = d.pop("comparison_operator", UNSET)

        value = d.pop("value", UNSET)

        count = d.pop("count", UNSET)

        alarm_condition = cls(
            period=period,
            filter_=filter_,
            comparison_operator=comparison_operator,
            value=value,
            count=count,
        )

        alarm_condition.additional_properties = d
        return alarm_condition

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
