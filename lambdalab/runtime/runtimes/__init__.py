"""Which program runs a function of which runtime, and what it finds around it.

`find("python3.13")` gives a `Runtime`. An execution environment asks it for the folder that stands for /var/runtime,
the command to start, and the environment variables that this family of runtimes has; everything else is the same for
all of them (see `process.py`).

- `base.py`: what a runtime promises
- `python.py`: Python, through awslambdaric
"""

from __future__ import annotations

from .base import Runtime, UnsupportedRuntime
from .python import PythonRuntime

__all__ = ["Runtime", "UnsupportedRuntime", "find"]

_RUNTIMES: tuple[Runtime, ...] = (PythonRuntime(),)


def find(identifier: str) -> Runtime:
    """The runtime for AWS's identifier. Raises UnsupportedRuntime with a sentence for people."""
    for runtime in _RUNTIMES:
        if runtime.runs(identifier):
            return runtime
    families = ", ".join(runtime.family for runtime in _RUNTIMES)
    raise UnsupportedRuntime(f"This lab does not run functions of the runtime {identifier!r}. It runs: {families}.")
