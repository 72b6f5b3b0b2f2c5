from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.alarm_condition import AlarmCondition
    from ..models.alarm_datapoint import AlarmDatapoint
    from ..models.alarm_metric import AlarmMetric


T = TypeVar("T", bound="AlarmRecord")


@_attrs_define
class AlarmRecord:
    """One time that an alarm went off for a resource, until it ended.

    Attributes:
        alarm_id (str): The id of an alarm rule of Cloud Eye. Real ones are `al` and 22 letters and digits; the pattern
            is wider, as for instances.
        record_id (str | Unset): The id of the record.
        name (str | Unset): The name of the rule. Several rules may have the same one.
        status (str | Unset): `alarm` while it lasts; `ok`, `ok_manual`, `invalid` or `insufficient_data` after that.
        begin_time (str | Unset): A moment as an alarm record prints it, RFC 3339 with an offset.
        first_alarm_time (str | Unset): A moment as an alarm record prints it, RFC 3339 with an offset.
        last_alarm_time (str | Unset): A moment as an alarm record prints it, RFC 3339 with an offset.
        alarm_recovery_time (str | Unset): A moment as an alarm record prints it, RFC 3339 with an offset.
        metric (AlarmMetric | Unset): What an alarm watches.
        condition (AlarmCondition | Unset): When an alarm goes off.
        data_points (list[AlarmDatapoint] | Unset): The values by which it went off, in no documented order.
    """

    alarm_id: str
    record_id: str | Unset = UNSET
    name: str | Unset = UNSET
    status: str | Unset = UNSET
    begin_time: str | Unset = UNSET
    first_alarm_time: str | Unset = UNSET
    last_alarm_time: str | Unset = UNSET
    alarm_recovery_time: str | Unset = UNSET
    metric: AlarmMetric | Unset = UNSET
    condition: AlarmCondition | Unset = UNSET
    data_points: list[AlarmDatapoint] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        alarm_id = self.alarm_id

        record_id = self.record_id

        name = self.name

        status = self.status

        begin_time = self.begin_time

        first_alarm_time = self.first_alarm_time

        last_alarm_time = self.last_alarm_time

        alarm_recovery_time = self.alarm_recovery_time

        metric: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metric, Unset):
            metric = self.metric.to_dict()

        condition: dict[str, Any] | Unset = UNSET
        if not isinstance(self.condition, Unset):
            condition = self.condition.to_dict()

        data_points: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.data_points, Unset):
            data_points = []
            for data_points_item_data in self.data_points:
                data_points_item = data_points_item_data.to_dict()
                data_points.append(data_points_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "alarm_id": alarm_id,
            }
        )
        if record_id is not UNSET:
            field_dict["record_id"] = record_id
        if name is not UNSET:
            field_dict["name"] = name
        if status is not UNSET:
            field_dict["status"] = status
        if begin_time is not UNSET:
            field_dict["begin_time"] = begin_time
        if first_alarm_time is not UNSET:
            field_dict["first_alarm_time"] = first_alarm_time
        if last_alarm_time is not UNSET:
            field_dict["last_alarm_time"] = last_alarm_time
        if alarm_recovery_time is not UNSET:
            field_dict["alarm_recovery_time"] = alarm_recovery_time
        if metric is not UNSET:
            field_dict["metric"] = metric
        if condition is not UNSET:
            field_dict["condition"] = condition
        if data_points is not UNSET:
            field_dict["data_points"] = data_points

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.alarm_condition import AlarmCondition  # noqa: PLC0415
        from ..models.alarm_datapoint import AlarmDatapoint  # noqa: PLC0415
        from ..models.alarm_metric import AlarmMetric  # noqa: PLC0415

        d = dict(src_dict)
        alarm_id = d.pop("alarm_id")

        record_id = d.pop("record_id", UNSET)

        name = d.pop("name", UNSET)

        status = d.pop("status", UNSET)

        begin_time = d.pop("begin_time", UNSET)

        first_alarm_time = d.pop("first_alarm_time", UNSET)

        last_alarm_time = d.pop("last_alarm_time", UNSET)

        alarm_recovery_time = d.pop("alarm_recovery_time", UNSET)

        _metric = d.pop("metric", UNSET)
        metric: AlarmMetric | Unset
        if isinstance(_metric, Unset):
            metric = UNSET
        else:
            metric = AlarmMetric.from_dict(_metric)

        _condition = d.pop("condition", UNSET)
        condition: AlarmCondition | Unset
        if isinstance(_condition, Unset):
            condition = UNSET
        else:
            condition = AlarmCondition.from_dict(_condition)

        _data_points = d.pop("data_points", UNSET)
        data_points: list[AlarmDatapoint] | Unset = UNSET
        if _data_points is not UNSET:
            data_points = []
            for data_points_item_data in _data_points:
                data_points_item = AlarmDatapoint.from_dict(data_points_item_data)

                data_points.append(data_points_item)

        alarm_record = cls(
            alarm_id=alarm_id,
            record_id=record_id,
            name=name,
            status=status,
            begin_time=begin_time,
            first_alarm_time=first_alarm_time,
            last_alarm_time=last_alarm_time,
            alarm_recovery_time=alarm_recovery_time,
            metric=metric,
            condition=condition,
            data_points=data_points,
        )

        alarm_record.additional_properties = d
        return alarm_record

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
