from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.created_token import CreatedToken
from ...models.password_login import PasswordLogin
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: PasswordLogin,
    nocatalog: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["nocatalog"] = nocatalog

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v3/auth/tokens",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CreatedToken | str:
    if response.status_code == 201:
        response_201 = CreatedToken.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = response.text
        return response_400

    if response.status_code == 401:
        response_401 = response.text
        return response_401

    if response.status_code == 403:
        response_403 = response.text
        return response_403

    if response.status_code == 404:
        response_404 = response.text
        return response_404

    if response.status_code == 429:
        response_429 = response.text
        return response_429

    if response.status_code == 500:
        response_500 = response.text
        return response_500

    if response.status_code == 503:
        response_503 = response.text
        return response_503

    response_default = response.text
    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreatedToken | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PasswordLogin,
    nocatalog: str | Unset = UNSET,
) -> Response[CreatedToken | str]:
    """Get a token for a project with the password of an IAM user

     For callers that cannot sign requests with an access key, which Huawei Cloud recommends.

    - **The token comes in the header `X-Subject-Token` only**; the body says how long it is
      valid, usually 24 hours.
    - It is valid for one project in one region, and is several KB long.
    - IAM limits the rate of this operation (429, `IAM.0012`): keep the token between calls.
    - A wrong password answers 401 in the shape of `IdentityError`, whose code is a number.
      Several in a row lock the user.

    Permission: `none`; the password is enough.

    Args:
        nocatalog (str | Unset):
        body (PasswordLogin): A request for a token with a password.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedToken | str]
    """

    kwargs = _get_kwargs(
        body=body,
        nocatalog=nocatalog,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: PasswordLogin,
    nocatalog: str | Unset = UNSET,
) -> CreatedToken | str | None:
    """Get a token for a project with the password of an IAM user

     For callers that cannot sign requests with an access key, which Huawei Cloud recommends.

    - **The token comes in the header `X-Subject-Token` only**; the body says how long it is
      valid, usually 24 hours.
    - It is valid for one project in one region, and is several KB long.
    - IAM limits the rate of this operation (429, `IAM.0012`): keep the token between calls.
    - A wrong password answers 401 in the shape of `IdentityError`, whose code is a number.
      Several in a row lock the user.

    Permission: `none`; the password is enough.

    Args:
        nocatalog (str | Unset):
        body (PasswordLogin): A request for a token with a password.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedToken | str
    """

    return sync_detailed(
        client=client,
        body=body,
        nocatalog=nocatalog,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PasswordLogin,
    nocatalog: str | Unset = UNSET,
) -> Response[CreatedToken | str]:
    """Get a token for a project with the password of an IAM user

     For callers that cannot sign requests with an access key, which Huawei Cloud recommends.

    - **The token comes in the header `X-Subject-Token` only**; the body says how long it is
      valid, usually 24 hours.
    - It is valid for one project in one region, and is several KB long.
    - IAM limits the rate of this operation (429, `IAM.0012`): keep the token between calls.
    - A wrong password answers 401 in the shape of `IdentityError`, whose code is a number.
      Several in a row lock the user.

    Permission: `none`; the password is enough.

    Args:
        nocatalog (str | Unset):
        body (PasswordLogin): A request for a token with a password.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedToken | str]
    """

    kwargs = _get_kwargs(
        body=body,
        nocatalog=nocatalog,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: PasswordLogin,
    nocatalog: str | Unset = UNSET,
) -> CreatedToken | str | None:
    """Get a token for a project with the password of an IAM user

     For callers that cannot sign requests with an access key, which Huawei Cloud recommends.

    - **The token comes in the header `X-Subject-Token` only**; the body says how long it is
      valid, usually 24 hours.
    - It is valid for one project in one region, and is several KB long.
    - IAM limits the rate of this operation (429, `IAM.0012`): keep the token between calls.
    - A wrong password answers 401 in the shape of `IdentityError`, whose code is a number.
      Several in a row lock the user.

    Permission: `none`; the password is enough.

    Args:
        nocatalog (str | Unset):
        body (PasswordLogin): A request for a token with a password.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedToken | str
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            nocatalog=nocatalog,
        )
    ).parsed
