from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="LegacyRdsError")


@_attrs_define
class LegacyRdsError:
    """The error of an older RDS interface.

    Attributes:
        err_code (str): The code.
        external_message (str | Unset): The message, one sentence.
    """

    err_code: str
    external_message: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        err_code = self.err_code

        external_message = self.external_message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "errCode": err_code,
            }
        )
        if external_message is not UNSET:
            field_dict["externalMessage"] = external_message

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        err_code = d.pop("errCode")

        external_message = d.pop("externalMessage", UNSET)

        legacy_rds_error = cls(
            err_code=err_code,
            external_message=external_message,
        )

        legacy_rds_error.additional_properties = d
        return legacy_rds_error

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
