"""The kinds of things that the course creates, in the order in which they are deleted.

For each: whether one of a name exists, which tags it has, and how it is deleted with everything that hangs on it. Each
deletion can be broken off anywhere and begun again, and what is gone already is no mistake.

- `kind.py`: what is the same for all of them
- `lambdas.py`, `iam.py`, `storage.py`, `messages.py`, `events.py`, `monitoring.py`: by service, or by what they are for
- `compositions.py`: what is made of other things
"""

from __future__ import annotations

from . import compositions, events, iam, lambdas, messages, monitoring, storage
from .kind import Aws, Kind, Tags, if_there, is_absence
from .monitoring import log_group

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        # What depends on others comes before them: a function's mapping, then the function, then its role.
        compositions.STACK,
        monitoring.ALARM,
        events.SCHEDULE,
        events.SCHEDULE_GROUP,
        events.ARCHIVE,
        events.RULE,
        events.BUS,
        compositions.REST_API,
        compositions.HTTP_API,
        compositions.STATE_MACHINE,
        lambdas.MAPPING,
        lambdas.FUNCTION,
        lambdas.LAYER,
        messages.TOPIC,
        messages.QUEUE,
        messages.STREAM,
        storage.TABLE,
        storage.BUCKET,
        storage.PARAMETER,
        storage.SECRET,
        monitoring.LOG_GROUP,
        iam.ROLE,
        iam.USER,
        iam.GROUP,
        iam.POLICY,
    )
}
"""By name, in the order in which they are deleted."""

__all__ = ["KINDS", "Aws", "Kind", "Tags", "if_there", "is_absence", "log_group"]
