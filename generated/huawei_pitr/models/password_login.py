from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.password_login_auth import PasswordLoginAuth


T = TypeVar("T", bound="PasswordLogin")


@_attrs_define
class PasswordLogin:
    """A request for a token with a password.

    Attributes:
        auth (PasswordLoginAuth): The user, and what the token is for.
    """

    auth: PasswordLoginAuth
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        auth = self.auth.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "auth": auth,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.password_login_auth import PasswordLoginAuth  # noqa: PLC0415

        d = dict(src_dict)
        auth = PasswordLoginAuth.from_dict(d.pop("auth"))

        password_login = cls(
            auth=auth,
        )

        password_login.additional_properties = d
        return password_login

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
