"""The execution engine: runs a function's code in execution environments, as Lambda does.

This package knows the Runtime API and nothing of moto, boto3 or HTTP servers for AWS: it would be useful on its own.
From the outside in:

- `engine.py`: Engine.invoke(function, payload) → Outcome; the one door
- `function.py`: what goes in there, and what comes out
- `admission.py`: whether an invocation may run now: the limits on concurrency
- `pool.py`: which environment takes an invocation: the one used last, or a new one
- `environment.py`: what an execution environment promises, whatever it is made of
    - `processes/`: … made of processes, that run a runtime client
    - `inline.py`: … made of this interpreter, where there are no processes (the browser)
        - `imports.py`: what a function may import there
- `runtimes/`: which program runs a function of which runtime
- `python/`: what runs inside a Python environment, beside AWS's runtime client; `node/`, `java/` likewise
- `runtime_api/`: the Runtime API and the Extensions API
- `logs/`: what stands in a function's log
- `code.py`: deployment packages, unpacked with care
- `layers.py`: layers, merged into /opt
- `variables.py`: the environment variables of a function
- `background.py`: work that nobody waits for
- `events.py`: what happened, for whoever wants to know
- `json_text.py`: JSON that somebody else wrote
"""

from .admission import CannotReserve, Limits, Throttled
from .code import UNZIPPED_LIMIT, BadPackage, DeploymentPackage
from .engine import Engine
from .environment import RestoreFailed
from .events import (
    EnvironmentStarted,
    EnvironmentStopped,
    Event,
    Happening,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    LogLine,
    RestoreEnded,
    SnapshotTaken,
)
from .function import Function, Outcome, ResponseStream
from .layers import LAYER_LIMIT
from .logs.log_level import Level, LoggingConfig
from .pool import EnvironmentsClosed, NoSnapshot
from .runtimes import UnsupportedRuntime

__all__ = [
    "LAYER_LIMIT",
    "UNZIPPED_LIMIT",
    "BadPackage",
    "CannotReserve",
    "DeploymentPackage",
    "Engine",
    "EnvironmentStarted",
    "EnvironmentStopped",
    "EnvironmentsClosed",
    "Event",
    "Function",
    "Happening",
    "InitEnded",
    "InvocationEnded",
    "InvocationStarted",
    "Level",
    "Limits",
    "LogLine",
    "LoggingConfig",
    "NoSnapshot",
    "Outcome",
    "ResponseStream",
    "RestoreEnded",
    "RestoreFailed",
    "SnapshotTaken",
    "Throttled",
    "UnsupportedRuntime",
]
