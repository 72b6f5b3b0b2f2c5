from typing import Literal

PayPerUseChargeMode = Literal["postPaid"]

PAY_PER_USE_CHARGE_MODE_VALUES: set[PayPerUseChargeMode] = {
    "postPaid",
}


def check_pay_per_use_charge_mode(value: str) -> PayPerUseChargeMode:
    if value in PAY_PER_USE_CHARGE_MODE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PAY_PER_USE_CHARGE_MODE_VALUES!r}"
    )
