"""Puts the tests' server in the place of AWS, and then runs a program of the course in this process.

driver.py cli ARGUMENT …       the `lambdalab` command
driver.py notebook FILE        the code cells of a notebook, in order, as Jupyter runs them
driver.py create BEFORE|AFTER  creates a function's role, and is killed before, or after, the call was made

DIE_AFTER=N in the environment: the process is killed when N calls that change something have been answered.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session
from stand_in import let_pass

from lambdalab.real_account import account, aws, waiting

LOOKS = ("Get", "List", "Describe", "Head")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(number: int) -> None:
    """Count calls at the last place before the network."""
    from botocore.client import BaseClient

    left = [number]
    original = BaseClient._make_api_call

    def counted(client: Any, operation: str, parameters: Any) -> Any:
        answer = original(client, operation, parameters)
        if not operation.startswith(LOOKS):
            left[0] -= 1
            if left[0] == 0:
                die()
        return answer

    BaseClient._make_api_call = counted


def run_cli(arguments: list[str]) -> int:
    from lambdalab import cli

    return cli.main(arguments)


def run_notebook(file: str) -> int:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    # As JSON: to import nbformat takes longer than some notebooks do.
    for cell in json.loads(Path(file).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            result = shell.run_cell("".join(cell["source"]), store_history=False)
            if not result.success and "raises-exception" not in cell["metadata"].get("tags", []):
                print(f"CELL {cell['id']} FAILED", file=sys.stderr)
                return 1
    return 0


def create(when: str) -> int:
    import lambdalab

    lab = lambdalab.start()
    send = URLLib3Session.send

    def send_and_die(self: Any, request: Any) -> Any:
        if "Action=CreateRole" in str(request.body):
            if when == "AFTER":
                send(self, request)
            die()
        return send(self, request)

    URLLib3Session.send = send_and_die
    lab.role("torn-off")
    return 0


def stand_for_addresses(endpoint: str) -> None:
    """Requests to function URLs and APIs at their names on AWS reach the tests' server."""
    import boto3
    import requests
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    from lambdalab.endpoint.unsigned import local_url

    original = requests.Session.send

    def send(session: Any, request: Any, **settings: Any) -> Any:
        here = local_url(request.url, endpoint)
        if here != request.url and "AWS4-HMAC-SHA256" in request.headers.get("Authorization", ""):
            # A signature is over the address, and that is another one here.
            signed = AWSRequest(request.method, here)
            SigV4Auth(boto3.Session().get_credentials(), "lambda", "us-east-1").add_auth(signed)
            request.headers.update(dict(signed.headers))
        request.url = here
        return original(session, request, **settings)

    requests.Session.send = send  # type: ignore[method-assign]


def time_passes() -> None:
    """Who waits here lets time pass in there, and sees that it is later."""
    passed = 0.0

    def sleep(seconds: float) -> None:
        nonlocal passed
        let_pass(os.environ["_STAND_IN_DOOR"], seconds)
        passed += seconds

    account.sleep = sleep
    waiting.Waiting.time = lambda clock: time.time() + passed  # type: ignore[method-assign]


def main() -> int:
    aws.pretend(os.environ["AWS_ENDPOINT_URL"])
    stand_for_addresses(os.environ["AWS_ENDPOINT_URL"])
    time_passes()
    if os.environ.get("DIE_AFTER"):
        die_after(int(os.environ["DIE_AFTER"]))
    command, *arguments = sys.argv[1:]
    if command == "cli":
        return run_cli(arguments)
    if command == "notebook":
        return run_notebook(arguments[0])
    return create(arguments[0])


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(Path(__file__).with_name("stands_for_aws"))
    sys.exit(main())
