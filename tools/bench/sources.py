"""From an event at its source to the function's first line: S3, against asynchronous Invoke and serverless-offline.

The handler says when it began, through a pipe; the time before that is what is measured, warm.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

import lambdalab
from lambdalab.guard import Fence
from tools.bench.offline import NotInstalled, Offline
from tools.bench.timing import Samples, figures, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.bench.figures import Figure

ROUNDS, PEER_ROUNDS = 300, 20
_WITHIN_S = 20
_FOR_ALL = "/var/tmp" if Path("/var/tmp").is_dir() else None
"""Not in /tmp: an environment has its own."""

HANDLER = """
import os, time
def handler(event, context):
    began = time.time_ns()
    with open({pipe!r}, "wb", buffering=0) as pipe:
        pipe.write(b"%d\\n" % began)
"""


class Pipe:
    """Through which a handler says when it began."""

    def __init__(self, folder: str) -> None:
        self.path = str(Path(folder, "began"))
        os.mkfifo(self.path)
        Path(self.path).chmod(0o666)
        self._descriptor = os.open(self.path, os.O_RDWR)

    def began(self) -> float:
        """Wait for the next handler; when it began, in seconds since 1970."""
        readable, _, _ = select.select([self._descriptor], [], [], _WITHIN_S)
        if not readable:
            raise RuntimeError(f"no handler began within {_WITHIN_S} s: the figure would mean nothing")
        return int(os.read(self._descriptor, 64).split()[0]) / 1e9

    def close(self) -> None:
        """Nobody writes any more."""
        os.close(self._descriptor)


def s3() -> Iterator[Figure]:
    """PutObject until the handler's first line; beside it, asynchronous Invoke until the same line."""
    put, invoke = Samples("S3 put to handler started"), Samples("asynchronous Invoke to handler started")
    with tempfile.TemporaryDirectory(dir=_FOR_ALL) as folder, contextlib.closing(Pipe(folder)) as pipe:
        Path(folder).chmod(0o755)
        with _lab(folder, pipe) as (to_s3, to_lambda, settle):
            for number in range(ROUNDS + 5):
                for samples in (put, invoke):
                    began = time.time()
                    if samples is put:
                        to_s3.put_object(Bucket="bench", Key=f"in/{number}", Body=b"x")
                    else:
                        to_lambda.invoke(FunctionName="bench", InvocationType="Event", Payload=b"{}")
                    took = pipe.began() - began
                    settle()
                    if number >= 5:  # the first ones start Python, and open connections
                        samples.seconds.append(took)
    yield from figures([put, invoke])
    yield ratio(put, invoke)
    try:
        yield from _offline(put)
    except NotInstalled as error:
        print(f"serverless-offline is left out: it does not install here ({error}).", flush=True)


def _offline(ours: Samples) -> Iterator[Figure]:
    """The same with serverless-offline and its plugin for S3, which starts Python for each event."""
    theirs = Samples("S3 put to handler started: serverless-offline")
    fence = Fence()
    try:
        with tempfile.TemporaryDirectory(dir=_FOR_ALL) as folder, contextlib.closing(Pipe(folder)) as pipe:
            handler = HANDLER.format(pipe=pipe.path)
            with contextlib.closing(Offline(handler, fence, s3=True)) as peer:
                keys = {"aws_access_key_id": "S3RVER", "aws_secret_access_key": "S3RVER", "region_name": "us-east-1"}
                to_s3 = boto3.client("s3", endpoint_url=peer.s3_url, **keys)
                for number in range(PEER_ROUNDS + 2):
                    began = time.time()
                    to_s3.put_object(Bucket="bench", Key=f"in/{number}", Body=b"x")
                    took = pipe.began() - began
                    if number >= 2:
                        theirs.seconds.append(took)
    finally:
        fence.close()
    yield from figures([theirs])
    yield ratio(ours, theirs, limit=1.0)


@contextlib.contextmanager
def _lab(folder: str, pipe: Pipe) -> Iterator[tuple[Any, Any, Callable[[], object]]]:
    """A lab in which a bucket calls a function."""
    Path(folder, "app.py").write_text(HANDLER.format(pipe=pipe.path))
    with lambdalab.start() as lab:
        config = Config(retries={"max_attempts": 0})
        to_s3, to_lambda = boto3.client("s3", config=config), boto3.client("lambda", config=config)
        arn = to_lambda.create_function(
            FunctionName="bench",
            Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
            Role=lab.role("bench"),
            Handler="app.handler",
            Code={"ZipFile": lab.package(str(Path(folder, "app.py")))},
            MemorySize=512,
        )["FunctionArn"]
        to_s3.create_bucket(Bucket="bench")
        to_lambda.add_permission(
            FunctionName="bench", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
        )
        rule = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
        to_s3.put_bucket_notification_configuration(
            Bucket="bench", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
        )
        yield to_s3, to_lambda, lab.settle
