from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MetricDatapoint")


@_attrs_define
class MetricDatapoint:
    """One datapoint; its value has the name of the aggregation that was asked for.

    Attributes:
        timestamp (int): A moment in milliseconds since 1970, UTC.
        average (float | Unset): The average within the period.
        max_ (float | Unset): The largest value within the period.
        min_ (float | Unset): The smallest value within the period.
        sum_ (float | Unset): The sum of the period.
        variance (float | Unset): The variance within the period.
        unit (str | Unset): The unit.
    """

    timestamp: int
    average: float | Unset = UNSET
    max_: float | Unset = UNSET
    min_: float | Unset = UNSET
    sum_: float | Unset = UNSET
    variance: float | Unset = UNSET
    unit: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        timestamp = self.timestamp

        average = self.average

        max_ = self.max_

        min_ = self.min_

        sum_ = self.sum_

        variance = self.variance

        unit = self.unit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "timestamp": timestamp,
            }
        )
        if average is not UNSET:
            field_dict["average"] = average
        if max_ is not UNSET:
            field_dict["max"] = max_
        if min_ is not UNSET:
            field_dict["min"] = min_
        if sum_ is not UNSET:
            field_dict["sum"] = sum_
        if variance is not UNSET:
            field_dict["variance"] = variance
        if unit is not UNSET:
            field_dict["unit"] = unit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        timestamp = d.pop("timestamp")

        average = d.pop("average", UNSET)

        max_ = d.pop("max", UNSET)

        min_ = d.pop("min", UNSET)

        sum_ = d.pop("sum", UNSET)

        variance = d.pop("variance", UNSET)

        unit = d.pop("unit", UNSET)

        metric_datapoint = cls(
            timestamp=timestamp,
            average=average,
            max_=max_,
            min_=min_,
            sum_=sum_,
            variance=variance,
            unit=unit,
        )

        metric_datapoint.additional_properties = d
        return metric_datapoint

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
