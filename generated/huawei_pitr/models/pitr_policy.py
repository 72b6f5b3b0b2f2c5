from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PitrPolicy")


@_attrs_define
class PitrPolicy:
    """How an instance keeps restorable points.

    Attributes:
        enabled (bool): Whether points are kept.
        interval (int | Unset): Minutes between two points. Only while enabled.
        keep_days (int | Unset): Days for which a point is kept. Only while enabled.
    """

    enabled: bool
    interval: int | Unset = UNSET
    keep_days: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        enabled = self.enabled

        interval = self.interval

        keep_days = self.keep_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "enabled": enabled,
            }
        )
        if interval is not UNSET:
            field_dict["interval"] = interval
        if keep_days is not UNSET:
            field_dict["keep_days"] = keep_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        enabled = d.pop("enabled")

        interval = d.pop("interval", UNSET)

        keep_days = d.pop("keep_days", UNSET)

        pitr_policy = cls(
            enabled=enabled,
            interval=interval,
            keep_days=keep_days,
        )

        pitr_policy.additional_properties = d
        return pitr_policy

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
