from typing import Literal

ListGeminidbInstancesDatastoreType = Literal["redis"]

LIST_GEMINIDB_INSTANCES_DATASTORE_TYPE_VALUES: set[ListGeminidbInstancesDatastoreType] = {
    "redis",
}


def check_list_geminidb_instances_datastore_type(value: str) -> ListGeminidbInstancesDatastoreType:
    if value in LIST_GEMINIDB_INSTANCES_DATASTORE_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {LIST_GEMINIDB_INSTANCES_DATASTORE_TYPE_VALUES!r}"
    )
