"""Which actions on which resources a call needs, where it is not the action of its own name."""

from __future__ import annotations

from typing import Any

import pytest

from lambdalab.authorization.access import Call
from lambdalab.authorization.service_permissions import required_access

HERE = "us-east-1:123456789012"
FUNCTION = f"arn:aws:lambda:{HERE}:function:greet"
TABLE = f"arn:aws:dynamodb:{HERE}:table/orders"
ROLE = "arn:aws:iam::123456789012:role/greet"
GROUP = "arn:aws:iam::123456789012:group/admins"
CODE = "arn:aws:s3:::code/a.zip"
OBJECT = "arn:aws:s3:::shop/orders/1.json"

CASES: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    # What is created with tags must also be allowed to be tagged.
    ("dynamodb", "CreateTable", {"TableName": "orders"}, [("dynamodb:CreateTable", TABLE)]),
    (
        *("dynamodb", "CreateTable", {"TableName": "orders", "Tags": [{"Key": "a", "Value": "b"}]}),
        [("dynamodb:CreateTable", TABLE), ("dynamodb:TagResource", TABLE)],
    ),
    (
        *("lambda", "CreateFunction", {"FunctionName": "greet", "Role": ROLE, "Tags": {"a": "b"}}),
        [("lambda:CreateFunction", FUNCTION), ("iam:PassRole", ROLE), ("lambda:TagResource", FUNCTION)],
    ),
    # A package in S3 is read as whoever names it; that it is missing is told to who may list the bucket.
    (
        *("lambda", "UpdateFunctionCode", {"FunctionName": "greet", "S3Bucket": "code", "S3Key": "a.zip"}),
        [("lambda:UpdateFunctionCode", FUNCTION), ("s3:GetObject", CODE), ("s3:ListBucket", "arn:aws:s3:::code")],
    ),
    (
        *(
            "lambda",
            "PublishLayerVersion",
            {"LayerName": "shared", "Content": {"S3Bucket": "code", "S3Key": "a.zip", "S3ObjectVersion": "v1"}},
        ),
        [("lambda:PublishLayerVersion", f"arn:aws:lambda:{HERE}:layer:shared"), ("s3:GetObjectVersion", CODE)],
    ),
    (
        *("iam", "CreateRole", {"RoleName": "greet", "Tags": [{"Key": "a", "Value": "b"}]}),
        [("iam:CreateRole", ROLE), ("iam:TagRole", ROLE)],
    ),
    (
        *("sqs", "CreateQueue", {"QueueName": "work", "tags": {"a": "b"}}),
        [("sqs:CreateQueue", f"arn:aws:sqs:{HERE}:work"), ("sqs:TagQueue", f"arn:aws:sqs:{HERE}:work")],
    ),
    # A group changes, not the user.
    ("iam", "AddUserToGroup", {"UserName": "ada", "GroupName": "admins"}, [("iam:AddUserToGroup", GROUP)]),
    # S3's operations share actions.
    ("s3", "HeadBucket", {"Bucket": "shop"}, [("s3:ListBucket", "arn:aws:s3:::shop")]),
    ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
    ("s3", "HeadObject", {"Bucket": "shop", "Key": "orders/1.json"}, [("s3:GetObject", OBJECT)]),
    ("s3", "UploadPart", {"Bucket": "shop", "Key": "orders/1.json"}, [("s3:PutObject", OBJECT)]),
    (
        *("s3", "CopyObject", {"Bucket": "shop", "Key": "orders/1.json", "CopySource": "old/2.json"}),
        [("s3:PutObject", OBJECT), ("s3:GetObject", "arn:aws:s3:::old/2.json")],
    ),
    (
        *("s3", "DeleteObjects", {"Bucket": "shop", "Delete": {"Objects": [{"Key": "orders/1.json"}]}}),
        [("s3:DeleteObject", OBJECT)],
    ),
    # API Gateway's actions are methods, and its resources paths.
    ("apigateway", "GetRestApis", {}, [("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis")]),
    (
        *("apigatewayv2", "DeleteApi", {"ApiId": "a1"}),
        [("apigateway:DELETE", "arn:aws:apigateway:us-east-1::/apis/a1")],
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "wanted"), CASES)
def test_a_call_asks_for(
    service: str, operation: str, parameters: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    call = Call(service, operation, parameters.get, "us-east-1", "123456789012")
    assert [(question.action, question.resource) for question in required_access(call)] == wanted
