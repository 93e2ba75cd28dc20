"""Which program runs a function of which runtime, and what it finds around it.

`find("python3.13")` gives a `Runtime`. An execution environment asks it for the folder that stands for /var/runtime,
the command to start, and the environment variables that this family of runtimes has; everything else is the same for
all of them (see `process.py`).

- `base.py`: what a runtime promises
- `python.py`: Python, through awslambdaric; `interpreters.py`: which Python that is
- `node.py`: Node.js, through aws-lambda-ric
- `provided.py`: whatever the package's own `bootstrap` is
- `java.py`: Java, through a bootstrap of the lab's
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from .base import InvalidEntrypoint, Runtime, UnsupportedRuntime
from .java import JavaRuntime
from .node import NodeRuntime
from .provided import ProvidedRuntime
from .python import PythonRuntime

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InvalidEntrypoint", "Runtime", "UnsupportedRuntime", "find"]

_FAMILIES: tuple[Callable[[str], Runtime | None], ...] = (
    PythonRuntime.of,
    NodeRuntime.of,
    JavaRuntime.of,
    ProvidedRuntime.of,
)
"""Each answers for the identifiers of its family, and None for others."""
_NAMES = "python3.x, nodejsN.x, javaN, provided.al2023"


def find(identifier: str) -> Runtime:
    """The runtime for AWS's identifier. Raises UnsupportedRuntime with a sentence for people."""
    with _looking:  # it may ask the machine's interpreters: once, also when a hundred environments start at once
        return _find(identifier)


_looking = threading.Lock()


@functools.cache
def _find(identifier: str) -> Runtime:
    for family in _FAMILIES:
        if runtime := family(identifier):
            return runtime
    raise UnsupportedRuntime(f"This lab does not run functions of the runtime {identifier!r}. It runs: {_NAMES}.")
