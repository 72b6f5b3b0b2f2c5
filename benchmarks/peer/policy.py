"""The policy of lastgood as far as the peer needs it, by pydantic."""

from __future__ import annotations

import os
import tomllib
from datetime import datetime

from aws_lambda_powertools.utilities import parameters
from pydantic import BaseModel


class Cloud(BaseModel):
    """One project in one region."""

    project_id: str
    credentials: str
    endpoints: dict[str, str]


class Instance(BaseModel):
    """An instance under protection."""

    id: str
    name: str
    cloud: str
    service: str
    alarms: list[str] = []
    companions: list[str] = []


class Incident(BaseModel):
    """What the alarm function finds, and the recover function is given."""

    id: str
    instance: str
    onset: datetime


class Policy(BaseModel):
    """The whole file."""

    cloud: dict[str, Cloud]
    instance: list[Instance]

    def find(self, id_or_name: str) -> Instance:
        """The instance of this id or name."""
        return next(i for i in self.instance if id_or_name in (i.id, i.name))


def load() -> Policy:
    """The policy in an SSM parameter, as of at most a minute ago."""
    name = os.environ["LASTGOOD_POLICY"].removeprefix("ssm:")
    text = parameters.get_parameter(name, decrypt=True, max_age=60)
    return Policy.model_validate(tomllib.loads(str(text)))
