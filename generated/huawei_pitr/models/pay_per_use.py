from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.pay_per_use_charge_mode import (
    PayPerUseChargeMode,
    check_pay_per_use_charge_mode,
)

T = TypeVar("T", bound="PayPerUse")


@_attrs_define
class PayPerUse:
    """How a new instance is billed. A restore makes no other kind.

    Attributes:
        charge_mode (PayPerUseChargeMode): By the hour.
    """

    charge_mode: PayPerUseChargeMode
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        charge_mode: str = self.charge_mode

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "charge_mode": charge_mode,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        charge_mode = check_pay_per_use_charge_mode(d.pop("charge_mode"))

        pay_per_use = cls(
            charge_mode=charge_mode,
        )

        pay_per_use.additional_properties = d
        return pay_per_use

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
