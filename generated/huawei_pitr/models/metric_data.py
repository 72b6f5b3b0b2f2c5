from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metric_datapoint import MetricDatapoint


T = TypeVar("T", bound="MetricData")


@_attrs_define
class MetricData:
    """What was measured of one metric.

    Attributes:
        datapoints (list[MetricDatapoint]): The datapoints, in no documented order.
        metric_name (str | Unset): The name of a metric.
    """

    datapoints: list[MetricDatapoint]
    metric_name: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        datapoints = []
        for datapoints_item_data in self.datapoints:
            datapoints_item = datapoints_item_data.to_dict()
            datapoints.append(datapoints_item)

        metric_name = self.metric_name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "datapoints": datapoints,
            }
        )
        if metric_name is not UNSET:
            field_dict["metric_name"] = metric_name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metric_datapoint import MetricDatapoint  # noqa: PLC0415

        d = dict(src_dict)
        datapoints = []
        _datapoints = d.pop("datapoints")
        for datapoints_item_data in _datapoints:
            datapoints_item = MetricDatapoint.from_dict(datapoints_item_data)

            datapoints.append(datapoints_item)

        metric_name = d.pop("metric_name", UNSET)

        metric_data = cls(
            datapoints=datapoints,
            metric_name=metric_name,
        )

        metric_data.additional_properties = d
        return metric_data

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
