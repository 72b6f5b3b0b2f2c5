from typing import Literal

ShowCloudEyeMetricDataFilter = Literal["average", "max", "min", "sum", "variance"]

SHOW_CLOUD_EYE_METRIC_DATA_FILTER_VALUES: set[ShowCloudEyeMetricDataFilter] = {
    "average",
    "max",
    "min",
    "sum",
    "variance",
}


def check_show_cloud_eye_metric_data_filter(value: str) -> ShowCloudEyeMetricDataFilter:
    if value in SHOW_CLOUD_EYE_METRIC_DATA_FILTER_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {SHOW_CLOUD_EYE_METRIC_DATA_FILTER_VALUES!r}"
    )
