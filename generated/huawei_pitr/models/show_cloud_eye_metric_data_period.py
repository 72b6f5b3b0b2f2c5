from typing import Literal

ShowCloudEyeMetricDataPeriod = Literal[1, 60, 300, 1200, 3600, 14400, 86400]

SHOW_CLOUD_EYE_METRIC_DATA_PERIOD_VALUES: set[ShowCloudEyeMetricDataPeriod] = {
    1,
    60,
    300,
    1200,
    3600,
    14400,
    86400,
}


def check_show_cloud_eye_metric_data_period(value: int) -> ShowCloudEyeMetricDataPeriod:
    if value in SHOW_CLOUD_EYE_METRIC_DATA_PERIOD_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {SHOW_CLOUD_EYE_METRIC_DATA_PERIOD_VALUES!r}"
    )
