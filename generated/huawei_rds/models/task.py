from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Task")


@_attrs_define
class Task:
    """One task.

    Attributes:
        id (str): The task id, which is that of the job.
        name (str | Unset): What kind of task it is. That of a restore to a new instance is not documented.
        instance_id (str | Unset): The instance that it works on; for a restore the new one.
        instance_name (str | Unset): The name of that instance.
        instance_status (str | Unset): The status of that instance; `CREATE FAIL` besides those of the list of
            instances.
        status (str | Unset): `Running`, `Completed` or `Failed`. No enum, so that an unknown status can be read:
            anything but the last two, or nothing, means that the task still runs.
        process (str | Unset): A percentage while the task runs, otherwise empty.
        fail_reason (str | Unset): Why a failed task failed.
        create_time (str | Unset): A moment as RDS prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset without a
            colon; empty while there is none.
        end_time (str | Unset): When the task is *planned* to end.
    """

    id: str
    name: str | Unset = UNSET
    instance_id: str | Unset = UNSET
    instance_name: str | Unset = UNSET
    instance_status: str | Unset = UNSET
    status: str | Unset = UNSET
    process: str | Unset = UNSET
    fail_reason: str | Unset = UNSET
    create_time: str | Unset = UNSET
    end_time: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        instance_id = self.instance_id

        instance_name = self.instance_name

        instance_status = self.instance_status

        status = self.status

        process = self.process

        fail_reason = self.fail_reason

        create_time = self.create_time

        end_time = self.end_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if instance_id is not UNSET:
            field_dict["instance_id"] = instance_id
        if instance_name is not UNSET:
            field_dict["instance_name"] = instance_name
        if instance_status is not UNSET:
            field_dict["instance_status"] = instance_status
        if status is not UNSET:
            field_dict["status"] = status
        if process is not UNSET:
            field_dict["process"] = process
        if fail_reason is not UNSET:
            field_dict["fail_reason"] = fail_reason
        if create_time is not UNSET:
            field_dict["create_time"] = create_time
        if end_time is not UNSET:
            field_dict["end_time"] = end_time

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name", UNSET)

        instance_id = d.pop("instance_id", UNSET)

        instance_name = d.pop("instance_name", UNSET)

        instance_status = d.pop("instance_status", UNSET)

        status = d.pop("status", UNSET)

        process = d.pop("process", UNSET)

        fail_reason = d.pop("fail_reason", UNSET)

        create_time = d.pop("create_time", UNSET)

        end_time = d.pop("end_time", UNSET)

        task = cls(
            id=id,
            name=name,
            instance_id=instance_id,
            instance_name=instance_name,
            instance_status=instance_status,
            status=status,
            process=process,
            fail_reason=fail_reason,
            create_time=create_time,
            end_time=end_time,
        )

        task.additional_properties = d
        return task

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
