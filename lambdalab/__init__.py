"""A lab for AWS Lambda: AWS as moto keeps it, and a Lambda that runs a function's real code.

    import boto3, lambdalab
    lab = lambdalab.start()

After `start()`, plain boto3, the aws command and child processes talk to the lab instead of AWS. Without Docker,
without an account, and without a request that leaves the machine.

How it is built, from the top down; each package says in its docstring what is in it:

- `cli.py`: the `lambdalab` command; `testing.py`: the pytest plugin
- `target_selection.py`: here, or on a real account; `interface.py`: what cells see of both
- `lab.py`: the lab, which holds everything together
- `real_account/`: a real account in its place; `account_resources.py`: what rooms say about resources there
- `exercises.py`, `package.py`, `execution_role.py`: what cells use beside boto3
- `services/`: AWS's services, a room for each; `rooms.py`: the list of them, and what is in a room
- `endpoint/`: the HTTP endpoint, and who may use it
- `authorization/`: who may do what; `policies/`: what IAM policies say about a request
- `delivery/`: how events reach functions: the queue, polling, services
- `event_patterns/`, `http_payload.py`: event patterns; HTTP requests as functions see them
- `moto_patches.py`, `moto_imports.py`: how moto is changed, and when
- `monitoring/`, `show/`: subscribers of what happens: logs, and pictures
- `guard/`: no request leaves the machine
- `runtime/`: runs functions in execution environments; `clock.py`: the time that everything follows
- `wiring/`: what is connected to what in an account, for `lab.diagram()`
- `faults.py`: what the lab itself got wrong is loud; `unsupported.py`: what is not part of the lab says so
- `browser/`: lets all this run in a page
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lab import Lab
    from .target_selection import start, stop

__all__ = ["Lab", "start", "stop"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The names above, imported at their first use: pytest imports this package in every project (`testing.py`)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import lab, target_selection

    return getattr(lab if name == "Lab" else target_selection, name)
