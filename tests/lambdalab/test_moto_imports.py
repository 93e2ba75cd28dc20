"""A service opens when it is first wanted: what moto imports on the way is whole before the lab changes it."""

from __future__ import annotations

import subprocess
import sys

import pytest

FIRST = """
import boto3, lambdalab
from botocore.config import Config

with lambdalab.start():
    client = boto3.client({service!r}, config=Config(retries={{"max_attempts": 0}}))
    print(client.{call}["ResponseMetadata"]["HTTPStatusCode"])
"""


@pytest.mark.parametrize(
    ("service", "call", "status"),
    [
        ("apigatewayv2", "create_api(Name='first', ProtocolType='HTTP')", 201),
        ("apigateway", "create_rest_api(name='first')", 201),
        ("cloudformation", "describe_stacks()", 200),
    ],
)
def test_a_service_whose_modules_import_another_services_can_be_the_first_in_a_process(
    service: str, call: str, status: int
) -> None:
    script = FIRST.format(service=service, call=call)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.strip(), done.returncode) == (str(status), 0), done.stderr
