"""What a Redis instance is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["DEFAULT_SHAPE", "Shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything about an instance that a new one like it needs, but its mode and its port."""

    version: str = "6.2"
    nodes: int = 3
    spec_code: str = "geminidb.redis.large.4"
    volume_gb: int = 16
    zones: tuple[str, ...] = ("ap-southeast-1a",)
    region: str = "ap-southeast-1"
    vpc_id: str = "490a4a08-ef4b-44c5-94be-3051ef9e4fce"
    subnet_id: str = "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f"
    security_group_id: str = "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5"
    enterprise_project_id: str = "0"
    disk_encryption_id: str = ""
    backup_hour: str = "19:00-20:00"
    keep_days: int = 7
    product_type: str = ""
    by_the_month: bool = False

    def row(self) -> dict[str, Any]:
        """Return the fields as the list of instances shows them, without the nodes."""
        return {
            "product_type": self.product_type,
            "region": self.region,
            "availability_zone": ",".join(self.zones),
            "datastore": {"type": "redis", "version": self.version},
            "engine": "rocksDB",
            "vpc_id": self.vpc_id,
            "subnet_id": self.subnet_id,
            "security_group_id": self.security_group_id,
            "enterprise_project_id": self.enterprise_project_id,
            "disk_encryption_id": self.disk_encryption_id,
            "backup_strategy": {"start_time": self.backup_hour, "keep_days": self.keep_days},
            "pay_mode": "1" if self.by_the_month else "0",
        }

    def group(self, instance_id: str, name: str, host: str) -> dict[str, Any]:
        """Return the nodes as the list of instances shows them; all are reached at one host."""
        unit = instance_id[:-4]
        return {
            "id": f"{unit}gr12",
            "status": "normal",
            "volume": {"size": str(self.volume_gb), "used": "0.003"},
            "nodes": [
                {
                    "id": f"{number:02x}{unit[2:]}no12",
                    "name": f"{name}_priam_node_{number}",
                    "status": "normal",
                    "role": "",
                    "subnet_id": self.subnet_id,
                    "private_ip": host,
                    "public_ip": "",
                    "spec_code": self.spec_code,
                    "availability_zone": self.zones[number % len(self.zones)],
                    "support_reduce": False,
                }
                for number in range(1, self.nodes + 1)
            ],
        }


DEFAULT_SHAPE = Shape()
