from typing import Literal

PasswordLoginAuthIdentityMethodsItem = Literal["password"]

PASSWORD_LOGIN_AUTH_IDENTITY_METHODS_ITEM_VALUES: set[PasswordLoginAuthIdentityMethodsItem] = {
    "password",
}


def check_password_login_auth_identity_methods_item(
    value: str,
) -> PasswordLoginAuthIdentityMethodsItem:
    if value in PASSWORD_LOGIN_AUTH_IDENTITY_METHODS_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PASSWORD_LOGIN_AUTH_IDENTITY_METHODS_ITEM_VALUES!r}"
    )
