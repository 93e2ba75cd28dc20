"""What is made of other things: APIs, state machines, CloudFormation's stacks."""

from __future__ import annotations

from typing import Any

from .kind import Aws, Kind, Tags, deleted_by, flat, found, if_there, is_there, pages


def _rest_api(aws: Aws, name: str) -> Any:
    return found(lambda: aws("apigateway").get_rest_api(restApiId=name))


def _http_api(aws: Aws, name: str) -> Any:
    return found(lambda: aws("apigatewayv2").get_api(ApiId=name))


def _machine_arn(aws: Aws, name: str) -> str | None:
    for machine in pages(aws("stepfunctions"), "list_state_machines", "stateMachines"):
        if machine["name"] == name:
            return str(machine["stateMachineArn"])
    return None


def _delete_machine(aws: Aws, name: str) -> None:
    if arn := _machine_arn(aws, name):
        with if_there():
            aws("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _machine_tags(aws: Aws, name: str) -> Tags:
    answer = aws("stepfunctions").list_tags_for_resource(resourceArn=_machine_arn(aws, name))
    return flat(answer["tags"], "key", "value")


def _stack(aws: Aws, name: str) -> Any:
    answer = found(lambda: aws("cloudformation").describe_stacks(StackName=name))
    stacks = answer["Stacks"] if answer else []
    return next((stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"), None)


def _delete_stack(aws: Aws, name: str) -> None:
    client = aws("cloudformation")
    if _stack(aws, name):
        with if_there():
            client.delete_stack(StackName=name)
            client.get_waiter("stack_delete_complete").wait(StackName=name)


REST_API = Kind(
    "rest-api",
    "apigateway",
    is_there(_rest_api),
    deleted_by("apigateway", "delete_rest_api", "restApiId"),
    lambda aws, name: dict((_rest_api(aws, name) or {}).get("tags", {})),
)
HTTP_API = Kind(
    "http-api",
    "apigatewayv2",
    is_there(_http_api),
    deleted_by("apigatewayv2", "delete_api", "ApiId"),
    lambda aws, name: dict((_http_api(aws, name) or {}).get("Tags", {})),
)
STATE_MACHINE = Kind("state-machine", "stepfunctions", is_there(_machine_arn), _delete_machine, _machine_tags)
STACK = Kind(
    "stack", "cloudformation", is_there(_stack), _delete_stack, lambda aws, name: flat(_stack(aws, name)["Tags"])
)
