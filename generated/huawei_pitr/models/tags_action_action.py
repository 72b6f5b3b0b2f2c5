from typing import Literal

TagsActionAction = Literal["create"]

TAGS_ACTION_ACTION_VALUES: set[TagsActionAction] = {
    "create",
}


def check_tags_action_action(value: str) -> TagsActionAction:
    if value in TAGS_ACTION_ACTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TAGS_ACTION_ACTION_VALUES!r}")
