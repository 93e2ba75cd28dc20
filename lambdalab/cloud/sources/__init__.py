"""What happens in a service of moto's, and reaches functions: one module a service, each has `seams(sources)`.

A module sees the change where moto makes it, has `lambdalab.triggers.payloads` build the event, and hands that to one
of three ways of delivery:

- `delivery.py`: the first two: a service waits for the answer, or hands the event to Lambda's queue
- `s3.py`: notifications of objects; `s3_configuration.py`: what a bucket is told of them
- `sns.py`: messages to topics; `logs.py`: what is written to log groups
- `eventbridge/`: buses, rules and their schedules, archives; `service_events.py`: what services say on its default bus
- `role.py`: the third, `lambdalab.triggers.polled`, reads with the function's role
- `mappings/`: event source mappings, their operations and their pollers
- `sqs.py`: queues; `dynamodb.py`: tables' streams; `kinesis.py`: streams
- `patience.py`: how long a service waits for an answer; `api_calls.py`: how an API of API Gateway calls a function
- `context.py`: what the modules share
- `http_api/`, `rest_api/`: HTTP APIs and REST APIs of API Gateway
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import dynamodb, eventbridge, http_api, kinesis, logs, mappings, rest_api, s3, sns, sqs
from .context import Sources
from .delivery import Delivery
from .patience import Patience

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change

__all__ = ["Delivery", "Patience", "Sources", "seams"]

_MODULES: tuple[Any, ...] = (dynamodb, eventbridge, http_api, kinesis, logs, mappings, rest_api, s3, sns, sqs)


def seams(sources: Sources) -> tuple[Change, ...]:
    """Every change to moto's services that makes events of what happens in them."""
    return tuple(seam for module in _MODULES for seam in module.seams(sources))
