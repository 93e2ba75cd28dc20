"""Writes down every call that a Python program makes through botocore. It is on PYTHONPATH for a test only.

Python imports `sitecustomize` when it starts; so do the programs that a notebook's kernel starts (the aws command).

A notebook's lab plays the real account here: before its first call, what stands between a notebook and a real account
(`lambdalab.real_account`) is put in front of it, for a learner called ada whose roles have the permissions boundary. So
what is written down is what would go out there: the questions that are asked before something is created, tags, paths
and the boundary are in it, and functions live with what the boundary leaves them. A last cell calls `clean()`.

Functions are started without PYTHONPATH. What they do is written down where it is judged: in the lab.
"""

import json
import os
import sys
from pathlib import Path

import botocore.client

_CALLS = Path(os.environ["RECORDED_CALLS"])
_BOUNDARY = Path(os.environ["RECORDED_BOUNDARY"])
_ACCOUNT = "123456789012"
_Client = botocore.client.BaseClient
_call = _Client._make_api_call


def _write(line):
    with _CALLS.open("a", encoding="utf-8") as calls:  # a line each, at once: several programs may write
        calls.write(json.dumps(line, default=_plain) + "\n")


def _plain(value):
    """JSON for what has none."""
    if hasattr(value, "read"):
        return {"bytes": 0}
    return {"bytes": len(value)} if isinstance(value, bytes | bytearray) else str(value)


def _recorded(self, operation_name, api_params):
    line = {
        "service": self.meta.service_model.service_name,
        "operation": operation_name,
        "parameters": api_params,
        "region": self.meta.region_name,
        "key": self._request_signer._credentials.access_key,
        "error": "",
    }
    try:
        return _call(self, operation_name, api_params)
    except botocore.exceptions.ClientError as problem:
        line["error"] = problem.response["Error"]["Code"]
        raise
    finally:
        _write(line)


def _first(self, operation_name, api_params):
    """The first call of a program: it says whether a lab is here."""
    _Client._make_api_call = _call
    lab = getattr(sys.modules.get("lambdalab.lab"), "_current", None)
    if lab is not None:
        _play_account(lab)
    else:
        _Client._make_api_call = _recorded
    return self._make_api_call(operation_name, api_params)


def _play_account(lab):
    import boto3

    from lambdalab import wiring
    from lambdalab.authorization.access_report import AccessReport
    from lambdalab.real_account import aws
    from lambdalab.real_account.ledger import Ledger
    from lambdalab.real_account.made_scope import Made
    from lambdalab.real_account.place import Place
    from lambdalab.real_account.sweep import Sweep
    from lambdalab.real_account.watch import Watch
    from lambdalab.show import Diagram

    boundary = boto3.client("iam").create_policy(
        PolicyName="lambdalab-boundary", PolicyDocument=_BOUNDARY.read_text(encoding="utf-8")
    )["Policy"]["Arn"]
    place = Place(
        account=_ACCOUNT,
        alias="training",
        caller=f"arn:aws:iam::{_ACCOUNT}:user/ada",
        region="us-east-1",
        session="20261123-120000-000000",
        expires="2026-11-24T12:00:00Z",
        boundary=boundary,
    )
    ledger = Ledger(_CALLS.with_suffix(".ledger"), place.session)
    watch = Watch(place, ledger, sleep=lambda seconds: None)  # a lab, unlike AWS, has every change at once
    aws.pretend(lab.endpoint_url)
    _Client._make_api_call = _recorded
    watch.on()
    recorded = AccessReport.record

    def record(self, session, access):
        _write({"session": session, "action": access.action, "resource": access.resource})
        return recorded(self, session, access)

    def sweep():
        with watch.aside():
            report = Sweep(place, ledger).delete()
        assert not report.failed, report.failed
        return [each.key.kind for each in report.deleted]

    def diagram(*names):
        with watch.aside():
            return Diagram.of(wiring.read(watch.own_client, Made(place, ledger)), names)

    lab.diagram = diagram
    global clean
    clean = sweep
    AccessReport.record = record


_Client._make_api_call = _first
