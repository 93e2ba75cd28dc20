"""A lab for AWS Lambda: AWS as moto keeps it, and a Lambda that runs a function's real code.

    import boto3, lambdalab
    lab = lambdalab.start()

After `start()`, plain boto3, the aws command and child processes talk to the lab instead of AWS. Without Docker,
without an account, and without a request that leaves the machine.

How it is built, from the top down; each package says in its docstring what is in it:

- `cli.py`: the `lambdalab` command; `testing.py`: the pytest plugin
- `switch.py`: here, or on a real account; `interface.py`: what cells see of both
- `lab.py`: the lab, which holds everything together
- `target/`: a real account in its place
- `exercises.py`, `package.py`, `execution_role.py`: what cells use beside boto3
- `cloud/`: AWS as moto keeps it, put right where moto is wrong
- `triggers/`: what happens in a service becomes an invocation, delivered as AWS delivers it
- `monitoring/`, `show/`: who listens to what happened: logs, and pictures
- `guard/`: no request leaves the machine
- `runtime/`: runs functions in execution environments; `clock.py`: the time that all of them follow
- `wiring/`: what is wired to what in an account, for `lab.diagram()`
- `policies/`: what IAM policies say about a request
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
    """The names above, read when they are first wanted: pytest imports this package in every project (`testing.py`)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import lab
    from . import target_selection as switch

    return getattr(lab if name == "Lab" else switch, name)
