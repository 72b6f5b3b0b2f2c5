"""A client library for accessing Huawei Cloud point-in-time recovery"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
