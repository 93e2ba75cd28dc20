"""SnapStart as a setting: who may have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"
ON = {"SnapStart": {"ApplyOn": "PublishedVersions"}}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_snapstart_is_on_for_published_versions(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True, **ON)
    latest = aws_lambda.get_function_configuration(FunctionName="hello")["SnapStart"]
    published = aws_lambda.get_function_configuration(FunctionName="hello", Qualifier="1")["SnapStart"]
    assert latest == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert published == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"Runtime": "nodejs22.x"}, "nodejs22.x"),
        ({"Runtime": "provided.al2023", "Handler": "x"}, "provided.al2023"),
        ({"EphemeralStorage": {"Size": 513}}, "Ephemeral storage larger than 512 MB"),
    ],
)
def test_snapstart_does_not_go_with_everything(settings: dict[str, Any], what: str, create: Maker) -> None:
    assert refusal(lambda: create(ECHO, **ON, **settings)) == (
        "InvalidParameterValueException",
        f"{what} is not supported for SnapStart enabled functions.",
    )


def test_an_update_is_checked_against_what_is_there(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, EphemeralStorage={"Size": 1024})
    code, _ = refusal(lambda: aws_lambda.update_function_configuration(FunctionName="hello", **ON))
    assert code == "InvalidParameterValueException"
    aws_lambda.update_function_configuration(FunctionName="hello", EphemeralStorage={"Size": 512}, **ON)
    code, _ = refusal(
        lambda: aws_lambda.update_function_configuration(FunctionName="hello", EphemeralStorage={"Size": 1024})
    )
    assert code == "InvalidParameterValueException"


def test_a_version_has_snapstart_or_provisioned_concurrency(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True, **ON)
    assert refusal(
        lambda: aws_lambda.put_provisioned_concurrency_config(
            FunctionName="hello", Qualifier="1", ProvisionedConcurrentExecutions=1
        )
    ) == (
        "InvalidParameterValueException",
        "Provisioned Concurrency is not supported for SnapStart enabled functions.",
    )
