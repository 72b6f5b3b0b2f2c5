from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.job_instance import JobInstance


T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """One job.

    Attributes:
        id (str): The job id.
        name (str | Unset): What kind of job it is. The name of an in-place restore is not documented.
        status (str | Unset): `Running`, `Completed` or `Failed`. No enum, so that an unknown status can be read:
            anything but the last two, or nothing, means that the job still runs.
        start_time (str | Unset): A moment as GeminiDB prints it; empty while there is none.
        end_time (str | Unset): A moment as GeminiDB prints it; empty while there is none.
        progress (str | Unset): A whole percentage such as `14%` while the job runs, otherwise empty.
        instance (JobInstance | None | Unset): The instance that the job works on. Null is allowed: in a list of many
            jobs one malformed row must not hide the others.
        fail_reason (str | Unset): Why a failed job failed.
    """

    id: str
    name: str | Unset = UNSET
    status: str | Unset = UNSET
    start_time: str | Unset = UNSET
    end_time: str | Unset = UNSET
    progress: str | Unset = UNSET
    instance: JobInstance | None | Unset = UNSET
    fail_reason: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_instance import JobInstance  # noqa: PLC0415

        id = self.id

        name = self.name

        status = self.status

        start_time = self.start_time

        end_time = self.end_time

        progress = self.progress

        instance: dict[str, Any] | None | Unset
        if isinstance(self.instance, Unset):
            instance = UNSET
        elif isinstance(self.instance, JobInstance):
            instance = self.instance.to_dict()
        else:
            instance = self.instance

        fail_reason = self.fail_reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if status is not UNSET:
            field_dict["status"] = status
        if start_time is not UNSET:
            field_dict["start_time"] = start_time
        if end_time is not UNSET:
            field_dict["end_time"] = end_time
        if progress is not UNSET:
            field_dict["progress"] = progress
        if instance is not UNSET:
            field_dict["instance"] = instance
        if fail_reason is not UNSET:
            field_dict["fail_reason"] = fail_reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_instance import JobInstance  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        status = d.pop("status", UNSET)

        start_time = d.pop("start_time", UNSET)

        end_time = d.pop("end_time", UNSET)

        progress = d.pop("progress", UNSET)

        def _parse_instance(data: object) -> JobInstance | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                instance_type_0 = JobInstance.from_dict(data)

                return instance_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobInstance | None | Unset, data)

        instance = _parse_instance(d.pop("instance", UNSET))

        fail_reason = d.pop("fail_reason", UNSET)

        job = cls(
            id=id,
            name=name,
            status=status,
            start_time=start_time,
            end_time=end_time,
            progress=progress,
            instance=instance,
            fail_reason=fail_reason,
        )

        job.additional_properties = d
        return job

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
