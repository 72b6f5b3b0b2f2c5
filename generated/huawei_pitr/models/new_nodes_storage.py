from typing import Literal

NewNodesStorage = Literal["ULTRAHIGH"]

NEW_NODES_STORAGE_VALUES: set[NewNodesStorage] = {
    "ULTRAHIGH",
}


def check_new_nodes_storage(value: str) -> NewNodesStorage:
    if value in NEW_NODES_STORAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {NEW_NODES_STORAGE_VALUES!r}")
