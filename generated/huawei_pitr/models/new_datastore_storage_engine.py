from typing import Literal

NewDatastoreStorageEngine = Literal["rocksDB"]

NEW_DATASTORE_STORAGE_ENGINE_VALUES: set[NewDatastoreStorageEngine] = {
    "rocksDB",
}


def check_new_datastore_storage_engine(value: str) -> NewDatastoreStorageEngine:
    if value in NEW_DATASTORE_STORAGE_ENGINE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {NEW_DATASTORE_STORAGE_ENGINE_VALUES!r}"
    )
