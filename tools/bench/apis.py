"""API Gateway's requests a second and p99, from 20 clients at once, and serverless-offline's in the same run.

It is a REST API with a Lambda proxy integration; the function answers at once, and is warm. Both keep connections open.
serverless-offline runs a Python function in one process, and the lab starts an environment for each request that comes
meanwhile.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

import lambdalab
from lambdalab.guard import Fence
from tools.bench.figures import Figure
from tools.bench.load import load
from tools.bench.offline import NotInstalled, Offline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.interface import CellLab
    from tools.bench.load import Answers

CLIENTS, SECONDS = 20, 6
HANDLER = 'def handler(event, context):\n    return {"statusCode": 200, "body": "Hello, " + event["path"]}\n'


def requests() -> Iterator[Figure]:
    """The lab, then its peer."""
    with lambdalab.start() as lab:
        ours = _warm(_api(lab))
    yield from _figures("API Gateway, 20 clients", ours)
    try:
        theirs = _offline()
    except NotInstalled as error:
        print(f"serverless-offline is left out: it does not install here ({error}).", flush=True)
        return
    yield from _figures("the same: serverless-offline", theirs)
    yield Figure("API Gateway p99 / serverless-offline p99", ours.p99_ms / theirs.p99_ms, "×")


def _figures(name: str, found: Answers) -> Iterator[Figure]:
    yield Figure(f"{name}, requests a second", found.a_second, "1/s")
    yield Figure(f"{name}, p50", found.p50_ms, "ms")
    yield Figure(f"{name}, p99", found.p99_ms, "ms")


def _offline() -> Answers:
    fence = Fence()
    try:
        with contextlib.closing(Offline(HANDLER, fence, api=True)) as peer:
            return _warm(f"{peer.http_url}/dev/hello")
    finally:
        fence.close()


def _warm(url: str) -> Answers:
    """Start what there is to start, then measure."""
    load(url, CLIENTS, 2)
    found = load(url, CLIENTS, SECONDS)
    if found.refused:
        raise RuntimeError(f"{found.refused} answers were no 200: the figure means nothing")
    return found


def _api(lab: CellLab) -> str:
    """A REST API whose paths all lead to one function; its address."""
    aws_lambda, gateway = boto3.client("lambda"), boto3.client("apigateway")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "app.py")
        source.write_text(HANDLER)
        package = lab.package(str(source))
    arn = aws_lambda.create_function(
        FunctionName="bench",
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=lab.role("bench"),
        Handler="app.handler",
        Code={"ZipFile": package},
        MemorySize=512,
    )["FunctionArn"]
    aws_lambda.add_permission(
        FunctionName="bench",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    made = gateway.create_rest_api(name="bench")
    resource = gateway.create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart="{proxy+}")
    method = {"restApiId": made["id"], "resourceId": resource["id"], "httpMethod": "ANY"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    gateway.create_deployment(restApiId=made["id"], stageName="prod")
    return lab.url(f"https://{made['id']}.execute-api.us-east-1.amazonaws.com/prod/hello")
