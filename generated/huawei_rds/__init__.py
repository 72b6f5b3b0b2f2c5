"""A client library for accessing Huawei Cloud RDS restore to a new instance"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
