"""An execution role as most cells need one: Lambda may assume it, it may write logs, and what a policy says."""

from __future__ import annotations

import json
from typing import Any

LAMBDA_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def execution_role(iam: Any, name: str, policy: dict[str, Any] | None = None) -> tuple[str, bool]:
    """Its ARN, and whether it was made now. `iam` is boto3's client; `policy` an IAM policy document."""
    made = True
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(LAMBDA_MAY_ASSUME))["Role"]
    except iam.exceptions.EntityAlreadyExistsException:
        made = False
        role = iam.get_role(RoleName=name)["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn=BASIC_EXECUTION)
    if policy is not None:
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    return str(role["Arn"]), made


def allowed(iam: Any, name: str) -> dict[str, Any]:
    """The policies of a role, its own and those attached to it, as one document."""
    documents = [
        iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
        for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
    statements: list[Any] = []
    for document in documents:
        found = document["Statement"]
        statements += found if isinstance(found, list) else [found]
    return {"Version": "2012-10-17", "Statement": statements}
