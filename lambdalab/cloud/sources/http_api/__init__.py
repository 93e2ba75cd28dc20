"""HTTP APIs of API Gateway: moto's apigatewayv2 keeps what they are made of, and here they answer requests.

- `control.py`: the operations that make and change an API, put right where moto answers otherwise than AWS
- `deployments.py`: what of an API clients see: a snapshot of it, and when a new one is made
- `place.py`: a request, on its way through stage, route, authorizer and function, and back
- `authorization.py`: who is let in: JWT and Lambda authorizers, IAM
- `issuers.py`: the keys of those who issue tokens
- `access_log.py`: a line for each request, and the only place that says why one failed

What is decided without looking at anything (routes, CORS, tokens, mappings) is in `lambdalab.triggers.http_api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import control
from .authorization import Authorization
from .issuers import Issuers
from .place import HttpApis

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change
    from lambdalab.cloud.sources.context import Sources


def seams(sources: Sources) -> tuple[Change, ...]:
    """The changes to moto's apigatewayv2; and the front door learns of its APIs."""
    issuers = Issuers(sources.web, sources.clock)
    authorization = Authorization(sources, issuers)
    sources.apis.register(HttpApis(sources, authorization))
    return control.seams(issuers, authorization)
