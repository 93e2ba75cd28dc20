"""All of Lambda's operations are there, or say in words that they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, EventStreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape

MODEL = (
    boto3.Session().client("lambda", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x").meta.service_model
)
ALSO_NEEDS = {
    "CreateFunction": {"Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": b"no zip"}},
}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:nobody:1/durable-execution/name/id"


def example(shape: Shape, name: str = "") -> Any:
    """Some value that the SDK lets through."""
    match shape.type_name:
        case "structure":
            return {member: example(shape.members[member], member) for member in shape.required_members}
        case "list":
            return [example(shape.member)] * max(1, shape.metadata.get("min", 0))
        case "map":
            return {"key": example(shape.value)}
        case "blob":
            return b"{}"
        case "boolean":
            return True
        case "integer" | "long" | "double" | "float":
            return max(1, shape.metadata.get("min", 0))
        case "timestamp":
            return 0
    if shape.enum:
        return shape.enum[0]
    return ARN if name == "DurableExecutionArn" else "x" * max(1, shape.metadata.get("min", 0))


def answer(client: Any, operation: str) -> tuple[int, str, str]:
    """Status, and code and message if it was an error."""
    method = xform_name(operation)
    shape = MODEL.operation_model(operation).input_shape
    try:
        response = getattr(client, method)(**{**(example(shape) if shape else {}), **ALSO_NEEDS.get(operation, {})})
    except (ClientError, EventStreamError) as error:
        found = error.response
        return found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Code"], found["Error"]["Message"]
    return response["ResponseMetadata"]["HTTPStatusCode"], "", ""


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_an_operation_is_implemented_or_refused_in_words(operation: str, aws_lambda: Any) -> None:
    status, code, message = answer(aws_lambda, operation)
    if code == "NotPartOfThisLab":
        assert status == 501
        assert message.startswith(operation)
        assert message.endswith(" is not part of this lab.")
    else:
        assert status < 500
        assert not code.isdigit(), "the answer was no error of AWS's but a page"


@pytest.mark.parametrize(
    ("operation", "feature"),
    [
        ("GetDurableExecution", "durable functions"),
        ("CreateCapacityProvider", "Lambda Managed Instances"),
        ("PutFunctionScalingConfig", "Lambda Managed Instances"),
        ("CreateCodeSigningConfig", "code signing"),
    ],
)
def test_a_refusal_names_the_feature(operation: str, feature: str, aws_lambda: Any) -> None:
    assert answer(aws_lambda, operation)[2] == f"{operation} ({feature}) is not part of this lab."


def test_a_refusal_is_not_tried_again(lab: Any, clients: Callable[..., Any]) -> None:
    patient = boto3.client("lambda")
    with pytest.raises(ClientError) as caught:
        patient.list_capacity_providers()
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
