from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.new_datastore_storage_engine import (
    NewDatastoreStorageEngine,
    check_new_datastore_storage_engine,
)
from ..models.new_datastore_type import NewDatastoreType, check_new_datastore_type

T = TypeVar("T", bound="NewDatastore")


@_attrs_define
class NewDatastore:
    """The engine of a new instance, that of the backup.

    Attributes:
        type_ (NewDatastoreType): Redis. The service has other engines; a backup of them is not for here.
        version (str): The version.
        storage_engine (NewDatastoreStorageEngine): The only one that there is.
    """

    type_: NewDatastoreType
    version: str
    storage_engine: NewDatastoreStorageEngine
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        version = self.version

        storage_engine: str = self.storage_engine

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "version": version,
                "storage_engine": storage_engine,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = check_new_datastore_type(d.pop("type"))

        version = d.pop("version")

        storage_engine = check_new_datastore_storage_engine(d.pop("storage_engine"))

        new_datastore = cls(
            type_=type_,
            version=version,
            storage_engine=storage_engine,
        )

        new_datastore.additional_properties = d
        return new_datastore

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
