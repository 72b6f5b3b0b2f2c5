"""What an instance is made of, and what is on sale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["ENGINES", "ZONES", "Flavor", "Shape", "catalogue"]

ZONES = ("ap-southeast-1a", "ap-southeast-1b")
ENGINES = MappingProxyType({"MySQL": 3306, "PostgreSQL": 5432, "SQLServer": 1433})
"""The engines, and the port of each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything about an instance that a copy of it needs. With two zones it has a standby."""

    engine: str = "MySQL"
    version: str = "8.0"
    flavor: str = "rds.mysql.n1.large.4"
    zones: tuple[str, ...] = ZONES[:1]
    replication: str = "async"
    volume_type: str = "CLOUDSSD"
    volume_gb: int = 100
    region: str = "ap-southeast-1"
    vpc_id: str = "490a4a08-ef4b-44c5-94be-3051ef9e4fce"
    subnet_id: str = "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f"
    security_group_id: str = "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5"
    port: int = 3306
    time_zone: str = "UTC+08:00"
    backup_hour: str = "19:00-20:00"
    enterprise_project_id: str = "0"
    disk_encryption_id: str = ""
    charge_mode: str = "postPaid"
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_standby(self) -> bool:
        """Whether there is a second node."""
        return len(self.zones) > 1

    def row(self) -> dict[str, Any]:
        """Return the fields as the list of instances shows them."""
        return {
            "type": "Ha" if self.has_standby else "Single",
            "port": self.port,
            "datastore": {"type": self.engine, "version": self.version},
            "ha": {"replication_mode": self.replication} if self.has_standby else {},
            "flavor_ref": self.flavor,
            "volume": {"type": self.volume_type, "size": self.volume_gb},
            "region": self.region,
            "vpc_id": self.vpc_id,
            "subnet_id": self.subnet_id,
            "security_group_id": self.security_group_id,
            "time_zone": self.time_zone,
            "enterprise_project_id": self.enterprise_project_id,
            "disk_encryption_id": self.disk_encryption_id,
            "charge_info": {"charge_mode": self.charge_mode},
            "tags": [{"key": key, "value": value} for key, value in self.tags.items()],
        }


@dataclass(slots=True)
class Flavor:
    """A flavor; `zones` may be changed to `sellout` or `unsupported` at any time."""

    engine: str
    spec_code: str
    versions: tuple[str, ...]
    mode: str = "single"
    zones: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ZONES, "normal"))

    def row(self) -> dict[str, Any]:
        """Return the flavor as the list of flavors shows it."""
        return {
            "spec_code": self.spec_code,
            "vcpus": "2",
            "ram": 8,
            "instance_mode": self.mode,
            "version_name": list(self.versions),
            "az_status": dict(self.zones),
        }


_SOLD = MappingProxyType(
    {
        "MySQL": ("rds.mysql.n1.large.4", ("5.7", "8.0")),
        "PostgreSQL": ("rds.pg.n1.large.4", ("14", "15", "16")),
        "SQLServer": ("rds.mssql.spec.se.s3.large.4", ("2019_SE", "2022_SE")),
    }
)


def catalogue() -> dict[str, Flavor]:
    """Return one single flavor and one with a standby for each engine, by code."""
    flavors = []
    for engine, (spec_code, versions) in _SOLD.items():
        flavors += [
            Flavor(engine, spec_code, versions),
            Flavor(engine, f"{spec_code}.ha", versions, "ha"),
        ]
    return {flavor.spec_code: flavor for flavor in flavors}
