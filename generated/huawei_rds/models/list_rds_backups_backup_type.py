from typing import Literal

ListRdsBackupsBackupType = Literal["auto", "fragment", "incremental", "manual"]

LIST_RDS_BACKUPS_BACKUP_TYPE_VALUES: set[ListRdsBackupsBackupType] = {
    "auto",
    "fragment",
    "incremental",
    "manual",
}


def check_list_rds_backups_backup_type(value: str) -> ListRdsBackupsBackupType:
    if value in LIST_RDS_BACKUPS_BACKUP_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {LIST_RDS_BACKUPS_BACKUP_TYPE_VALUES!r}"
    )
