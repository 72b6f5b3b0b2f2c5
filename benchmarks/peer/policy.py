"""The policy of lastgood as far as the peer needs it, by pydantic."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.utilities import parameters
from pydantic import BaseModel, BeforeValidator

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _length(text: object) -> object:
    found = re.fullmatch(r"(\d+)([smhd])", str(text))
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else text


Length = Annotated[timedelta, BeforeValidator(_length)]


class Endpoints(BaseModel, frozen=True):
    """Where the services are."""

    geminidb: str
    rds: str


class Cloud(BaseModel, frozen=True):
    """One project in one region."""

    region: str
    project_id: str
    endpoints: Endpoints


class Objective(BaseModel):
    """What an instance promises."""

    max_lag: Length | None = None
    min_coverage: Length | None = None
    max_gap: Length | None = None


class Instance(BaseModel):
    """An instance under protection."""

    id: str
    name: str
    cloud: str
    service: str
    mode: str = "propose"
    alarms: list[str] = []
    companions: list[str] = []
    objective: Objective = Objective()


class Defaults(BaseModel):
    """What holds where an instance does not say otherwise."""

    margin: Length = timedelta(minutes=2)
    max_rollback: Length = timedelta(hours=6)
    max_alarm_age: Length = timedelta(hours=1)


class Policy(BaseModel):
    """The whole file."""

    cloud: dict[str, Cloud]
    defaults: Defaults = Defaults()
    instance: list[Instance]

    def find(self, id_or_name: str) -> Instance:
        """The instance of this id or name."""
        return next(i for i in self.instance if id_or_name in (i.id, i.name))


def load(parameter: str) -> Policy:
    """The policy in an SSM parameter, as of at most a minute ago."""
    text = parameters.get_parameter(parameter, decrypt=True, max_age=60)
    return Policy.model_validate(tomllib.loads(str(text)))
