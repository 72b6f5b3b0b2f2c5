from typing import Literal

ListGeminidbJobsLimit = Literal[10, 20, 50]

LIST_GEMINIDB_JOBS_LIMIT_VALUES: set[ListGeminidbJobsLimit] = {
    10,
    20,
    50,
}


def check_list_geminidb_jobs_limit(value: int) -> ListGeminidbJobsLimit:
    if value in LIST_GEMINIDB_JOBS_LIMIT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {LIST_GEMINIDB_JOBS_LIMIT_VALUES!r}"
    )
