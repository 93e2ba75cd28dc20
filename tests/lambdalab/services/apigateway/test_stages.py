"""Resources, stages and deployments: what a client reaches, and when a change takes effect."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

REST = "API Gateway (REST)"
MISSING = (403, "MissingAuthenticationTokenException", b'{"message":"Missing Authentication Token"}')


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def told(answer: Any) -> tuple[int, str, bytes]:
    return answer.status, answer.kind, answer.body


@pytest.mark.source(REST, "403 Missing Authentication Token")
def test_without_a_resource_or_a_method_the_error_is_a_missing_token(api: Api) -> None:
    api.mock("/pets")
    api.deploy()
    assert api.call("/pets").status == 200
    assert told(api.call("/toys")) == MISSING
    assert told(api.call("/pets", "POST")) == MISSING
    assert told(api.call("/")) == MISSING


@pytest.mark.source(REST, "403 Forbidden without a stage")
@pytest.mark.parametrize("stage", ["dev", "PROD", ""])
def test_without_a_stage_the_response_is_forbidden(stage: str, api: Api) -> None:
    api.mock("/")
    api.deploy()
    assert told(api.call("/", stage=stage)) == (403, "ForbiddenException", b'{"message":"Forbidden"}')


@pytest.mark.source(REST, "resources, path parameters, {proxy+}")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/pets/new", 201),
        ("/pets/7", 202),
        ("/pets/7/toys", 203),
        ("/pets/7/toys/", 203),
        ("/pets/7/owner", 204),
        ("/toys", 204),
        ("//toys", 204),
        ("/pets", 204),
    ],
)
def test_the_most_specific_resource_wins(path: str, status: int, api: Api) -> None:
    api.mock("/pets/new", status=201)
    api.mock("/pets/{id}", status=202)
    api.mock("/pets/{id}/toys", status=203)
    api.mock("/{proxy+}", status=204)
    api.deploy()
    assert api.call(path).status == status


@pytest.mark.source(REST, "resources, path parameters, {proxy+}")
def test_the_resource_is_chosen_before_the_method(api: Api) -> None:
    api.mock("/pets/{id}", "GET")
    api.mock("/{proxy+}", "ANY", 204)
    api.deploy()
    assert told(api.call("/pets/7", "DELETE")) == MISSING
    assert api.call("/toys/7", "DELETE").status == 204


@pytest.mark.source(REST, "ANY")
def test_a_specific_method_wins_over_any(api: Api) -> None:
    api.mock("/", "ANY", 201)
    api.mock("/", "PUT", 202)
    api.deploy()
    assert [api.call("/", method).status for method in ("GET", "PATCH", "PUT")] == [201, 201, 202]


@pytest.mark.source(REST, "deployments are snapshots")
def test_a_change_takes_effect_with_the_next_deployment(api: Api) -> None:
    api.mock("/")
    api.deploy()
    api.mock("/pets")
    api.control.delete_method(**api.of("/", "GET"))
    assert (api.call("/").status, told(api.call("/pets"))) == (200, MISSING)
    api.deploy()
    assert (told(api.call("/")), api.call("/pets").status) == (MISSING, 200)


@pytest.mark.source(REST, "deployments are snapshots")
def test_a_stage_can_go_back_to_an_older_deployment(api: Api) -> None:
    api.mock("/")
    old = api.deploy()
    api.mock("/pets")
    api.deploy()
    assert api.call("/pets").status == 200
    api.control.update_stage(
        restApiId=api.id, stageName="prod", patchOperations=[{"op": "replace", "path": "/deploymentId", "value": old}]
    )
    assert told(api.call("/pets")) == MISSING


@pytest.mark.source(REST, "stages")
def test_stages_are_independent(api: Api) -> None:
    api.mock("/")
    first = api.deploy("dev")
    api.mock("/pets")
    second = api.deploy()
    assert (told(api.call("/pets", stage="dev")), api.call("/pets").status) == (MISSING, 200)
    api.control.create_stage(restApiId=api.id, stageName="blue", deploymentId=second)
    assert api.call("/pets", stage="blue").status == 200
    api.control.delete_stage(restApiId=api.id, stageName="blue")
    assert api.call("/pets", stage="blue").kind == "ForbiddenException"
    assert first != second


@pytest.mark.source(REST, "stage variables")
def test_a_stage_that_is_deployed_again_keeps_its_settings(api: Api) -> None:
    api.mock("/")
    api.deploy(variables={"a": "1", "b": "2"})
    limit = {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "7"}
    api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=[limit])
    second = api.deploy(variables={"b": "3"})
    stage = api.control.get_stage(restApiId=api.id, stageName="prod")
    assert (stage["deploymentId"], stage["variables"]) == (second, {"a": "1", "b": "3"})
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 7


@pytest.mark.source(REST, "throttling of a stage")
def test_a_stage_s_limit_is_429_until_the_bucket_refills(api: Api, lab: Any) -> None:
    api.mock("/")
    api.mock("/pets")
    api.deploy()
    patches = [
        {"op": "replace", "path": "/~1pets/GET/throttling/burstLimit", "value": "2"},
        {"op": "replace", "path": "/~1pets/GET/throttling/rateLimit", "value": "0.001"},
    ]
    api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)
    assert [api.call("/pets").status for _ in range(3)] == [200, 200, 429]
    assert told(api.call("/pets"))[1:] == ("TooManyRequestsException", b'{"message":"Too Many Requests"}')
    assert api.call("/").status == 200
    lab.clock.advance(seconds=1001)
    assert api.call("/pets").status == 200


def test_the_execute_api_endpoint_can_be_disabled(api: Api) -> None:
    api.mock("/")
    api.deploy()
    patch = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "True"}
    api.control.update_rest_api(restApiId=api.id, patchOperations=[patch])
    assert told(api.call("/")) == (403, "ForbiddenException", b'{"message":"Forbidden"}')


def test_a_deleted_api_is_forbidden(api: Api) -> None:
    api.mock("/")
    api.deploy()
    api.control.delete_rest_api(restApiId=api.id)
    assert told(api.call("/")) == (403, "ForbiddenException", b'{"message":"Forbidden"}')


# What AWS refuses -------------------------------------------------------------------------------------------------


def test_ids_are_ten_random_characters(make_api: Callable[..., Api]) -> None:
    ids = {make_api(tags={"_custom_id_": "chosen"}).id for _ in range(5)}
    assert len(ids) == 5
    assert {len(each) for each in ids} == {10}
    assert set("".join(ids)) <= set(string.ascii_lowercase + string.digits)


def test_a_method_without_an_integration_cannot_be_deployed(api: Api) -> None:
    api.mock("/")
    api.method("/pets")
    assert refusal(api.control.create_deployment, restApiId=api.id) == (
        "BadRequestException",
        "No integration defined for method",
    )


def test_a_resource_is_created_once(api: Api) -> None:
    parent = api.resource("/")
    api.resource("/pets")
    assert refusal(api.control.create_resource, restApiId=api.id, parentId=parent, pathPart="pets") == (
        "ConflictException",
        "Another resource with the same parent already has this name: pets",
    )


def test_a_parent_has_one_path_variable(api: Api) -> None:
    parent = api.resource("/pets")
    api.resource("/pets/{id}")
    assert refusal(api.control.create_resource, restApiId=api.id, parentId=parent, pathPart="{name}") == (
        "BadRequestException",
        "A sibling ({id}) of this resource already has a variable path part -- only one is allowed",
    )


def test_a_resource_is_deleted_with_everything_below_it(api: Api) -> None:
    api.mock("/pets/{id}/toys")
    api.mock("/")
    api.control.delete_resource(restApiId=api.id, resourceId=api.resource("/pets"))
    assert [each["path"] for each in api.control.get_resources(restApiId=api.id)["items"]] == ["/"]
    api.deploy()
    assert api.call("/").status == 200


def test_the_root_cannot_be_deleted(api: Api) -> None:
    root = api.resource("/")
    assert refusal(api.control.delete_resource, restApiId=api.id, resourceId=root)[0] == "BadRequestException"


def test_a_stage_needs_an_existing_deployment(api: Api) -> None:
    assert refusal(api.control.create_stage, restApiId=api.id, stageName="a", deploymentId="none00") == (
        "BadRequestException",
        "Deployment id does not exist",
    )


def test_a_method_needs_an_existing_authorizer(api: Api) -> None:
    code, message = refusal(
        api.control.put_method, **api.of("/", "GET"), authorizationType="CUSTOM", authorizerId="none00"
    )
    assert code == "BadRequestException"
    assert message.startswith("Invalid authorizer ID specified. Setting the authorization type to CUSTOM")


def test_a_header_must_be_declared_by_the_method_s_response(api: Api) -> None:
    api.mock("/")
    code, message = refusal(
        api.control.put_integration_response,
        **api.of("/", "GET"),
        statusCode="200",
        responseParameters={"method.response.header.X-New": "'1'"},
    )
    assert code == "BadRequestException"
    assert message == (
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression "
        "parameter specified: method.response.header.X-New]"
    )


def test_a_missing_resource_is_404(api: Api) -> None:
    with pytest.raises(ClientError) as raised:
        api.control.get_method(**api.of("/", "GET"))
    assert raised.value.response["Error"]["Code"] == "NotFoundException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.differs(REST, "HTTP integrations", "refused with 501, in words: nothing leaves the machine")
@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_nothing_leaves_the_machine(kind: str, api: Api) -> None:
    api.method("/")
    api.integrate("/", "GET", type=kind, integrationHttpMethod="GET", uri="https://example.com/")
    api.deploy()
    made = api.call("/")
    assert made.status == 501
    assert b"nothing leaves this machine" in made.body


@pytest.mark.differs(REST, "integrations with other services", "refused with 501, in words; only Lambda is behind APIs")
def test_integrations_with_other_services_are_not_supported(api: Api) -> None:
    api.method("/")
    role = "arn:aws:iam::123456789012:role/x"
    target = "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"
    api.integrate("/", "GET", type="AWS", integrationHttpMethod="POST", uri=target, credentials=role)
    api.deploy()
    assert api.call("/").status == 501


def test_an_integration_has_aws_s_defaults(api: Api) -> None:
    api.mock("/")
    made = api.control.get_integration(**api.of("/", "GET"))
    assert (made["passthroughBehavior"], made["timeoutInMillis"]) == ("WHEN_NO_MATCH", 29000)
    assert (made["cacheNamespace"], made["cacheKeyParameters"]) == (api.resource("/"), [])
