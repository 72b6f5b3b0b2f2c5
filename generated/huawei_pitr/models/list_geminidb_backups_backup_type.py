from typing import Literal

ListGeminidbBackupsBackupType = Literal["Auto", "Manual"]

LIST_GEMINIDB_BACKUPS_BACKUP_TYPE_VALUES: set[ListGeminidbBackupsBackupType] = {
    "Auto",
    "Manual",
}


def check_list_geminidb_backups_backup_type(value: str) -> ListGeminidbBackupsBackupType:
    if value in LIST_GEMINIDB_BACKUPS_BACKUP_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {LIST_GEMINIDB_BACKUPS_BACKUP_TYPE_VALUES!r}"
    )
