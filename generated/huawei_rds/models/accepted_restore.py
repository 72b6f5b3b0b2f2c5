from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.new_instance import NewInstance


T = TypeVar("T", bound="AcceptedRestore")


@_attrs_define
class AcceptedRestore:
    """What an accepted restore makes.

    Attributes:
        instance (NewInstance | Unset): A new instance. The service repeats the request, with numbers as text.
        job_id (str | Unset): What `show_rds_job` takes as `id`. A yearly or monthly instance would have `order_id` in
            its place.
    """

    instance: NewInstance | Unset = UNSET
    job_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        instance: dict[str, Any] | Unset = UNSET
        if not isinstance(self.instance, Unset):
            instance = self.instance.to_dict()

        job_id = self.job_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if instance is not UNSET:
            field_dict["instance"] = instance
        if job_id is not UNSET:
            field_dict["job_id"] = job_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.new_instance import NewInstance  # noqa: PLC0415

        d = dict(src_dict)
        _instance = d.pop("instance", UNSET)
        instance: NewInstance | Unset
        if isinstance(_instance, Unset):
            instance = UNSET
        else:
            instance = NewInstance.from_dict(_instance)

        job_id = d.pop("job_id", UNSET)

        accepted_restore = cls(
            instance=instance,
            job_id=job_id,
        )

        accepted_restore.additional_properties = d
        return accepted_restore

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
