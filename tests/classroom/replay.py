"""From a recorded call to requests that policies are asked about, and what two evaluators say to them.

What a condition can ask about (the tags of a function, the boundary of a role) is kept here as calls create it, since a
policy is not asked in the account but about it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lambdalab.authorization import condition_keys as context
from lambdalab.authorization.access import Access, Call
from lambdalab.authorization.service_permissions import required_access
from lambdalab.policies import Policies, Policy, Principal, Request, evaluate, read

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
REGION = "us-east-1"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
_SERVICE = {"stepfunctions": "states", "resourcegroupstaggingapi": "tag"}
Context = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Asked:
    """One action on one resource, with everything that a condition can ask about."""

    action: str
    resource: str
    context: Context


@dataclass
class Account:
    """What is in the account, as far as conditions are concerned."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of functions, tables and roles, by ARN."""
    roles: dict[str, str] = field(default_factory=dict)
    """Name → path."""
    boundaries: dict[str, str] = field(default_factory=dict)
    """Of roles, by ARN."""

    def asked(self, service: str, operation: str, parameters: dict[str, Any], region: str = REGION) -> list[Asked]:
        """What must be allowed for this call, as the account is before it."""
        known = dict(parameters)
        if service == "iam" and (path := self.roles.get(parameters.get("RoleName", ""))) and "Path" not in known:
            known["Path"] = path
        call = Call(_SERVICE.get(service, service), operation, known.get, region, ACCOUNT)
        of_request = context.of_request(call, {}, now=0)
        return [
            Asked(access.action, access.resource, self._context(access, of_request)) for access in required_access(call)
        ]

    def _context(self, access: Access, of_request: Context) -> Context:
        # The tags and the boundary are those of what is asked about: for a role that is passed, the role's.
        arn = _unqualified(access.resource)
        found: Context = {**of_request, **access.context}
        found |= {f"aws:resourcetag/{key}": value for key, value in self.tags.get(arn, {}).items()}
        if arn in self.boundaries:
            found["iam:permissionsboundary"] = self.boundaries[arn]
        return {
            **found,
            "aws:username": "ada",
            "aws:principalarn": ADA,
            "aws:principalaccount": ACCOUNT,
            "aws:principaltype": "User",
        }

    def happened(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        """The call was answered."""
        tags = parameters.get("Tags") or {}
        tags = tags if isinstance(tags, dict) else {each["Key"]: each["Value"] for each in tags}
        match service, operation:
            case "lambda", "CreateFunction":
                self.tags[f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{parameters['FunctionName']}"] = tags
            case "lambda", "DeleteFunction" if ":" not in parameters["FunctionName"]:
                self.tags.pop(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{parameters['FunctionName']}", None)
            case "iam", "CreateRole":
                path = parameters.get("Path", "/")
                arn = f"arn:aws:iam::{ACCOUNT}:role{path}{parameters['RoleName']}"
                self.tags[arn] = tags
                self.roles[parameters["RoleName"]] = path
                if boundary := parameters.get("PermissionsBoundary"):
                    self.boundaries[arn] = boundary
            case "iam", "DeleteRole":
                path = self.roles.pop(parameters["RoleName"], "/")
                arn = f"arn:aws:iam::{ACCOUNT}:role{path}{parameters['RoleName']}"
                self.tags.pop(arn, None)
                self.boundaries.pop(arn, None)


def _unqualified(arn: str) -> str:
    """A function's ARN, without the version or alias: tags are the function's."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] and parts[5:6] == ["function"] else arn


def ours(policies: list[Policy], asked: Asked) -> str:
    """What the lab's evaluator says."""
    request = Request(Principal(ADA), asked.action, asked.resource, asked.context, account=ACCOUNT)
    return evaluate(request, Policies(identity=tuple(policies))).effect.value


def theirs(documents: list[Any], asked: list[Asked]) -> list[str]:
    """What @cloud-copilot/iam-simulate says; to an action or a resource that AWS does not have, an error.

    AWS asks about some actions with the ARN of everything of a kind, where its reference says that they have no
    resources at all, and policies must say "*". The other implementation goes by the reference.
    """
    said = _simulated(documents, asked)
    again = [number for number, answer in enumerate(said) if "must.use.wildcard" in answer]
    for number, answer in zip(
        again, _simulated(documents, [replace(asked[number], resource="*") for number in again]), strict=True
    ):
        said[number] = answer
    return said


def _simulated(documents: list[Any], asked: list[Asked]) -> list[str]:
    if not asked:
        return []
    node = shutil.which("node")
    assert node is not None
    simulations = [
        {
            "request": {
                "principal": ADA,
                "action": each.action,
                "resource": {"resource": each.resource, "accountId": ACCOUNT},
                "contextVariables": {
                    key: value if isinstance(value, str) else list(value) for key, value in each.context.items()
                },
            },
            "identityPolicies": [{"name": f"student-{n}", "policy": each} for n, each in enumerate(documents)],
        }
        for each in asked
    ]
    done = subprocess.run(
        [node, str(ROOT / "tests/lambdalab/policies/oracle.mjs")],
        input=json.dumps(simulations),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return done.stdout.splitlines()


def policies() -> list[Any]:
    """What an administrator attaches to a learner."""
    return [
        json.loads(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "classroom").glob("student-*.json"))
    ]


def parsed(documents: list[Any]) -> list[Policy]:
    """For our evaluator."""
    return [read(document, f"student-{number}") for number, document in enumerate(documents)]
