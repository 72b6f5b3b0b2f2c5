from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.flavor_az_status import FlavorAzStatus


T = TypeVar("T", bound="Flavor")


@_attrs_define
class Flavor:
    """One flavor.

    Attributes:
        spec_code (str): What a request gives as `flavor_ref`.
        vcpus (str | Unset): How many CPUs it has, as text.
        ram (int | Unset): GB of memory.
        instance_mode (str | Unset): `single`, `ha` or `replica`.
        version_name (list[str] | Unset): The versions of the engine that it is for.
        az_status (FlavorAzStatus | Unset): By zone, `normal` where it is on sale, `unsupported` or `sellout` where it
            is not.
    """

    spec_code: str
    vcpus: str | Unset = UNSET
    ram: int | Unset = UNSET
    instance_mode: str | Unset = UNSET
    version_name: list[str] | Unset = UNSET
    az_status: FlavorAzStatus | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        spec_code = self.spec_code

        vcpus = self.vcpus

        ram = self.ram

        instance_mode = self.instance_mode

        version_name: list[str] | Unset = UNSET
        if not isinstance(self.version_name, Unset):
            version_name = self.version_name

        az_status: dict[str, Any] | Unset = UNSET
        if not isinstance(self.az_status, Unset):
            az_status = self.az_status.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "spec_code": spec_code,
            }
        )
        if vcpus is not UNSET:
            field_dict["vcpus"] = vcpus
        if ram is not UNSET:
            field_dict["ram"] = ram
        if instance_mode is not UNSET:
            field_dict["instance_mode"] = instance_mode
        if version_name is not UNSET:
            field_dict["version_name"] = version_name
        if az_status is not UNSET:
            field_dict["az_status"] = az_status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.flavor_az_status import FlavorAzStatus  # noqa: PLC0415

        d = dict(src_dict)
        spec_code = d.pop("spec_code")

        vcpus = d.pop("vcpus", UNSET)

        ram = d.pop("ram", UNSET)

        instance_mode = d.pop("instance_mode", UNSET)

        version_name = cast(list[str], d.pop("version_name", UNSET))

        _az_status = d.pop("az_status", UNSET)
        az_status: FlavorAzStatus | Unset
        if isinstance(_az_status, Unset):
            az_status = UNSET
        else:
            az_status = FlavorAzStatus.from_dict(_az_status)

        flavor = cls(
            spec_code=spec_code,
            vcpus=vcpus,
            ram=ram,
            instance_mode=instance_mode,
            version_name=version_name,
            az_status=az_status,
        )

        flavor.additional_properties = d
        return flavor

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
