"""The condition keys of a request."""

from __future__ import annotations

from typing import Any

import pytest

from lambdalab.authorization import condition_keys as context
from lambdalab.authorization.access import Call


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateFunctionUrlConfig", {"AuthType": "AWS_IAM"}),
        ("UpdateFunctionUrlConfig", {"AuthType": "AWS_IAM"}),
        ("AddPermission", {"FunctionUrlAuthType": "AWS_IAM", "Principal": "*"}),
    ],
)
def test_a_policy_may_ask_for_the_auth_type_of_a_url(operation: str, parameters: dict[str, Any]) -> None:
    call = Call("lambda", operation, parameters.get, "us-east-1", "123456789012")
    assert context.of_request(call, {}, now=0)["lambda:functionurlauthtype"] == "AWS_IAM"
