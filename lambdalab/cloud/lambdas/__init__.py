"""Lambda's operations that moto answers otherwise than AWS. One module an idea; each has `seams(context)`.

- `validation.py`: the door: every request against AWS's model (`constraints.py`) and Lambda's quotas (`quotas.py`,
  `runtimes.py`); functions are named in one way behind it (`names.py`)
- `configuration.py`: a function's configuration as AWS keeps and returns it
- `state.py`: Pending and Active, InProgress and Successful; revision ids
- `versions.py`: create, update, publish, list and delete functions and their versions; what a qualifier means
- `aliases.py`: aliases and their weights
- `invoke.py`: Invoke, and the way by which moto's services invoke
- `payload.py`: the event and the client context, checked
- `asynchronous.py`: how an event gets into the queue
- `event_configuration.py`, `dead_letter.py`: how a function's events are treated: retries, destinations
- `stored_functions.py`: what the queue asks of functions
- `execution_role.py`: whether Lambda can become a function's role, and what that must allow
- `concurrency.py`: reserved and provisioned concurrency, and the account's numbers
- `logging_config.py`: LoggingConfig, checked and merged
- `lifecycle.py`: packages are checked before they are stored; `code_in_s3.py`: those that a call names in S3
- `layers.py`: layer versions, and the layers of a function
- `functions.py`: a function as moto stores it → a function as the engine runs it
- `permissions.py`: who may invoke a function: its policy
- `recursion.py`: whether a function may call itself in a circle
- `snapstart.py`: for which functions SnapStart can be switched on, and failed restores
- `streaming.py`: InvokeWithResponseStream
- `urls.py`: the configuration of function URLs; `url_cors.py`: their CORS; `url_answers.py`: what a request comes to
- `refusals.py`: what is not part of this lab says so
- `paging.py`: lists in pages
- `pace.py`: how long a deployment takes, and the dice of weighted aliases
- `operations.py`: how operations of moto's are replaced, what they are asked, how they answer
- `errors.py`: errors in Lambda's own form
- `context.py`: what they share
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    aliases,
    asynchronous,
    code_in_s3,
    concurrency,
    configuration,
    dead_letter,
    event_configuration,
    execution_role,
    invoke,
    layers,
    lifecycle,
    logging_config,
    permissions,
    recursion,
    snapstart,
    streaming,
    urls,
    validation,
    versions,
)
from .context import Context
from .refusals import refuse_the_rest

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change

__all__ = ["Context", "seams"]

# Of two changes to one method, the later is asked first.
_MODULES = (
    configuration,
    versions,
    aliases,
    invoke,
    asynchronous,
    event_configuration,
    dead_letter,
    code_in_s3,
    lifecycle,
    layers,
    concurrency,
    permissions,
    recursion,
    snapstart,
    logging_config,
    execution_role,
    streaming,
    urls,
    validation,
)


def seams(context: Context) -> tuple[Change, ...]:
    """Every change to moto's Lambda."""
    changes = tuple(seam for module in _MODULES for seam in module.seams(context))
    return (*changes, *refuse_the_rest(changes))
