from typing import Literal

ListRdsFlavorsDatabaseName = Literal["MySQL", "PostgreSQL", "SQLServer"]

LIST_RDS_FLAVORS_DATABASE_NAME_VALUES: set[ListRdsFlavorsDatabaseName] = {
    "MySQL",
    "PostgreSQL",
    "SQLServer",
}


def check_list_rds_flavors_database_name(value: str) -> ListRdsFlavorsDatabaseName:
    if value in LIST_RDS_FLAVORS_DATABASE_NAME_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {LIST_RDS_FLAVORS_DATABASE_NAME_VALUES!r}"
    )
