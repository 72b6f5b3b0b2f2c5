from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.standby_mode import StandbyMode, check_standby_mode
from ..models.standby_replication_mode import (
    StandbyReplicationMode,
    check_standby_replication_mode,
)

T = TypeVar("T", bound="Standby")


@_attrs_define
class Standby:
    """That a new instance has a standby. Left out for a single instance.

    Attributes:
        mode (StandbyMode): A primary and a standby.
        replication_mode (StandbyReplicationMode): `async` or `semisync` for MySQL, `async` or `sync` for PostgreSQL,
            `sync` for SQL Server.
    """

    mode: StandbyMode
    replication_mode: StandbyReplicationMode
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        mode: str = self.mode

        replication_mode: str = self.replication_mode

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "mode": mode,
                "replication_mode": replication_mode,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        mode = check_standby_mode(d.pop("mode"))

        replication_mode = check_standby_replication_mode(d.pop("replication_mode"))

        standby = cls(
            mode=mode,
            replication_mode=replication_mode,
        )

        standby.additional_properties = d
        return standby

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
