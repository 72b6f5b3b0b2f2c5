from typing import Literal

ListRdsRestoreWindowsXLanguage = Literal["en-us", "zh-cn"]

LIST_RDS_RESTORE_WINDOWS_X_LANGUAGE_VALUES: set[ListRdsRestoreWindowsXLanguage] = {
    "en-us",
    "zh-cn",
}


def check_list_rds_restore_windows_x_language(value: str) -> ListRdsRestoreWindowsXLanguage:
    if value in LIST_RDS_RESTORE_WINDOWS_X_LANGUAGE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {LIST_RDS_RESTORE_WINDOWS_X_LANGUAGE_VALUES!r}"
    )
