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
    """A job.

    Attributes:
        id (str): The job id.
        name (str | Unset): What kind of job it is. That of a restore to a new instance is not documented.
        status (str | Unset): `Running`, `Completed` or `Failed`. No enum, so that an unknown status can be read:
            anything but the last two, or nothing, means that the job still runs.
        created (str | Unset): A moment as RDS prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a colon;
            empty while there is none.
        ended (str | Unset): A moment as RDS prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a colon;
            empty while there is none.
        process (str | Unset): A percentage such as `60%` or `60` while the job runs, otherwise empty.
        instance (JobInstance | None | Unset): The instance that the job works on; for a restore the new one.
        fail_reason (str | Unset): Why a failed job failed.
    """

    id: str
    name: str | Unset = UNSET
    status: str | Unset = UNSET
    created: str | Unset = UNSET
    ended: str | Unset = UNSET
    process: str | Unset = UNSET
    instance: JobInstance | None | Unset = UNSET
    fail_reason: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_instance import JobInstance  # noqa: PLC0415

        id = self.id

        name = self.name

        status = self.status

        created = self.created

        ended = self.ended

        process = self.process

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
        if created is not UNSET:
            field_dict["created"] = created
        if ended is not UNSET:
            field_dict["ended"] = ended
        if process is not UNSET:
            field_dict["process"] = process
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

        created = d.pop("created", UNSET)

        ended = d.pop("ended", UNSET)

        process = d.pop("process", UNSET)

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
            created=created,
            ended=ended,
            process=process,
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
