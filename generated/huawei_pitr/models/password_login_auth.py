from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.password_login_auth_identity import PasswordLoginAuthIdentity
    from ..models.password_login_auth_scope import PasswordLoginAuthScope


T = TypeVar("T", bound="PasswordLoginAuth")


@_attrs_define
class PasswordLoginAuth:
    """The user, and what the token is for.

    Attributes:
        identity (PasswordLoginAuthIdentity): The user.
        scope (PasswordLoginAuthScope): What the token is for.
    """

    identity: PasswordLoginAuthIdentity
    scope: PasswordLoginAuthScope
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        identity = self.identity.to_dict()

        scope = self.scope.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "identity": identity,
                "scope": scope,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.password_login_auth_identity import PasswordLoginAuthIdentity  # noqa: PLC0415
        from ..models.password_login_auth_scope import PasswordLoginAuthScope  # noqa: PLC0415

        d = dict(src_dict)
        identity = PasswordLoginAuthIdentity.from_dict(d.pop("identity"))

        scope = PasswordLoginAuthScope.from_dict(d.pop("scope"))

        password_login_auth = cls(
            identity=identity,
            scope=scope,
        )

        password_login_auth.additional_properties = d
        return password_login_auth

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
