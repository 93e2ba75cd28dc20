"""REST APIs of API Gateway: moto's apigateway keeps what they are made of, and here they answer requests.

- `operations.py`: the operations that make and change an API, put right where moto answers otherwise than AWS
- `additions.py`: operations that moto does not know: TestInvokeMethod and updates
- `imports.py`: APIs from an OpenAPI document
- `snapshots.py`: what of an API clients see: a deployment
- `logs.py`: what a stage writes about its requests
- `place.py`: the address of an API, and what is behind it: functions, callers, keys

What is decided without looking at anything is in `lambdalab.triggers.rest_api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import additions, imports, logs, operations
from .place import RestApis

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change
    from lambdalab.cloud.sources.context import Sources


def seams(sources: Sources) -> tuple[Change, ...]:
    """The changes to moto's apigateway; and the front door learns of its APIs."""
    apis = RestApis(sources)
    sources.apis.register(apis)
    return (*operations.seams(), *imports.seams(), *logs.seams(), *additions.seams(apis))
