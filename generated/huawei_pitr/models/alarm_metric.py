from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.alarm_dimension import AlarmDimension


T = TypeVar("T", bound="AlarmMetric")


@_attrs_define
class AlarmMetric:
    """What an alarm watches.

    Attributes:
        namespace (str | Unset): The namespace of a service at Cloud Eye, such as `SYS.NoSQL` or `SYS.RDS`.
        metric_name (str | Unset): The name of a metric.
        dimensions (list[AlarmDimension] | Unset): The resource; none for an event of no resource.
    """

    namespace: str | Unset = UNSET
    metric_name: str | Unset = UNSET
    dimensions: list[AlarmDimension] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        namespace = self.namespace

        metric_name = self.metric_name

        dimensions: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.dimensions, Unset):
            dimensions = []
            for dimensions_item_data in self.dimensions:
                dimensions_item = dimensions_item_data.to_dict()
                dimensions.append(dimensions_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if namespace is not UNSET:
            field_dict["namespace"] = namespace
        if metric_name is not UNSET:
            field_dict["metric_name"] = metric_name
        if dimensions is not UNSET:
            field_dict["dimensions"] = dimensions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.alarm_dimension import AlarmDimension  # noqa: PLC0415

        d = dict(src_dict)
        namespace = d.pop("namespace", UNSET)

        metric_name = d.pop("metric_name", UNSET)

        _dimensions = d.pop("dimensions", UNSET)
        dimensions: list[AlarmDimension] | Unset = UNSET
        if _dimensions is not UNSET:
            dimensions = []
            for dimensions_item_data in _dimensions:
                dimensions_item = AlarmDimension.from_dict(dimensions_item_data)

                dimensions.append(dimensions_item)

        alarm_metric = cls(
            namespace=namespace,
            metric_name=metric_name,
            dimensions=dimensions,
        )

        alarm_metric.additional_properties = d
        return alarm_metric

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
