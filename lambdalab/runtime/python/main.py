"""The main program of a Python execution environment: prepares the interpreter, then hands over to awslambdaric.

Started as a script, with `-S`, from the folder that stands for /var/runtime, where it is called bootstrap.py as on
AWS. Neither lambdalab nor the packages of the lab's own virtual environment can be imported here, only the standard
library, the function's code, its layers, and what Lambda's Python runtime brings (boto3 and what it needs). A missing
dependency is missing, as on AWS.
"""

from __future__ import annotations

import io
import os
import site
import sys
import time
from importlib.machinery import SourceFileLoader

import _lambdalab_guard  # type: ignore[import-not-found]  # beside this file in /var/runtime

STDOUT_FRAME = 0
"""Frame type for what the function writes to stdout or stderr. Telemetry frames of awslambdaric start with 0xA55A."""


class FramedOutput(io.RawIOBase):
    """Sends stdout and stderr down the pipe that the runtime client logs to, so that the order of lines holds."""

    def __init__(self, pipe: int, number: int) -> None:
        self._pipe, self._number = pipe, number

    def writable(self) -> bool:
        """For io.TextIOWrapper."""
        return True

    def fileno(self) -> int:
        """The descriptor that a child process inherits."""
        return self._number

    def write(self, data: object, /) -> int:
        """One frame: type, length, microseconds, bytes."""
        chunk = bytes(data)  # type: ignore[call-overload]
        header = STDOUT_FRAME.to_bytes(4, "big") + len(chunk).to_bytes(4, "big")
        frame = memoryview(header + (time.time_ns() // 1000).to_bytes(8, "big") + chunk)
        while frame:
            frame = frame[os.write(self._pipe, frame) :]
        return len(chunk)


def keep_bytecode_of_the_runtime_only() -> None:
    """Have Python keep the compiled form of what the runtime brings, and of nothing else.

    /var/task and /opt are read-only on AWS: no __pycache__ appears there. What the runtime brings is compiled on AWS;
    here the first function that imports boto3 with this version of Python leaves the result for all others.
    """
    runtime = os.environ["LAMBDA_RUNTIME_DIR"]
    keep = SourceFileLoader.set_data

    def keep_or_not(self: SourceFileLoader, path: str, data: bytes, **kind: int) -> None:
        if path.startswith(runtime):
            keep(self, path, data, **kind)

    SourceFileLoader.set_data = keep_or_not  # type: ignore[method-assign,assignment]


def lead_children_to(proxy: str) -> None:
    """Have processes that the handler starts ask the lab, which refuses, when they want to leave the machine.

    The guard is in this process only. The variables go into the environment that children inherit but, as they are
    none of Lambda's, not into `os.environ`, where the handler would see them.
    """
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for each in (name, name.lower()):
            if each not in os.environ:
                os.putenv(each, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        if name not in os.environ:
            os.putenv(name, "127.0.0.1,localhost,::1")


def prepare_snapshot(descriptors: str, pipe: int) -> None:
    """For SnapStart: Init is to end in a snapshot. awslambdaric's compiled transport could not move to another port."""
    import _lambdalab_client  # type: ignore[import-not-found]  # the pure-Python transport, beside this file
    import _lambdalab_snapshot  # type: ignore[import-not-found]

    sys.modules["runtime_client"] = _lambdalab_client
    control, lifeline = map(int, descriptors.split(","))
    telemetry = (int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"]), pipe)
    _lambdalab_snapshot.take_at_restore_next(
        control, {"telemetry": telemetry, "stdout": (1, 2), "lifeline": (lifeline,)}
    )


def main() -> None:
    """Run the function named by `_HANDLER` until Lambda ends the process."""
    keep_bytecode_of_the_runtime_only()
    # sys.path[0] is this script's folder, /var/runtime, which PYTHONPATH names as well. The order follows AWS's:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[1:1] = os.environ.pop("_LAMBDALAB_LAYERS").split(os.pathsep)
    site.setquit()
    site.sethelper()
    _lambdalab_guard.on()
    if proxy := os.environ.pop("_LAMBDALAB_PROXY", None):
        lead_children_to(proxy)
    pipe = os.dup(int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"]))  # the runtime client closes its own
    sys.stdout = io.TextIOWrapper(FramedOutput(pipe, 1), encoding="utf-8", errors="replace", write_through=True)
    sys.stderr = io.TextIOWrapper(FramedOutput(pipe, 2), encoding="utf-8", errors="replace", write_through=True)
    if snapshot := os.environ.pop("_LAMBDALAB_SNAPSHOT", None):
        prepare_snapshot(snapshot, pipe)
    from awslambdaric.__main__ import main as run

    run(["bootstrap", os.environ["_HANDLER"]])


if __name__ == "__main__":
    main()
