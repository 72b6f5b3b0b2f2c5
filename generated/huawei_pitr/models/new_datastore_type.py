from typing import Literal

NewDatastoreType = Literal["redis"]

NEW_DATASTORE_TYPE_VALUES: set[NewDatastoreType] = {
    "redis",
}


def check_new_datastore_type(value: str) -> NewDatastoreType:
    if value in NEW_DATASTORE_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {NEW_DATASTORE_TYPE_VALUES!r}")
