"""The operations that make HTTP APIs: what AWS rejects, and its status codes."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

    Maker = Callable[..., Api]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:hello"


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and the message of an error."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def status(answer: Any) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def test_an_id_cannot_be_guessed(api: Maker) -> None:
    ids = {api(None, Name=str(number)).id for number in range(20)}
    assert len(ids) == 20
    assert all(len(each) == 10 for each in ids)
    assert set("".join(ids)) <= set(string.ascii_lowercase + string.digits)


def test_status_codes_are_aws_s(api: Maker) -> None:
    made = api(None)
    client = made.client
    integration = client.create_integration(
        ApiId=made.id, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )
    route = client.create_route(ApiId=made.id, RouteKey="GET /", Target=f"integrations/{integration['IntegrationId']}")
    assert [status(each) for each in (integration, route)] == [201, 201]
    assert (integration["ConnectionType"], integration["TimeoutInMillis"]) == ("INTERNET", 30000)
    assert status(client.update_route(ApiId=made.id, RouteId=route["RouteId"], RouteKey="POST /")) == 200
    assert status(client.delete_route(ApiId=made.id, RouteId=route["RouteId"])) == 204
    assert status(client.delete_integration(ApiId=made.id, IntegrationId=integration["IntegrationId"])) == 204
    assert status(client.delete_stage(ApiId=made.id, StageName="$default")) == 204
    assert status(client.delete_api(ApiId=made.id)) == 204
    assert refusal(client.delete_api, ApiId=made.id)[0] == "NotFoundException"


def test_tags_stay_with_the_api(api: Maker) -> None:
    made = api(None, Tags={"course": "lambda"})
    assert made.client.get_api(ApiId=made.id)["Tags"] == {"course": "lambda"}
    arn = f"arn:aws:apigateway:us-east-1::/apis/{made.id}"
    assert made.client.get_tags(ResourceArn=arn)["Tags"] == {"course": "lambda"}


@pytest.mark.parametrize(
    ("parameters", "code", "says"),
    [
        ({"RouteKey": "pets"}, "BadRequestException", "route key is not formatted properly"),
        ({"RouteKey": "GET /{proxy+}/x"}, "BadRequestException", "greedy"),
        ({"RouteKey": "GET /pets"}, "ConflictException", "Route with key GET /pets already exists for this API"),
        ({"RouteKey": "GET /x", "Target": "integrations/none"}, "NotFoundException", "none"),
        ({"RouteKey": "GET /x", "Target": "elsewhere/x"}, "BadRequestException", "target"),
        ({"RouteKey": "GET /x", "AuthorizationType": "CUSTOM"}, "BadRequestException", "AuthorizerId"),
        ({"RouteKey": "GET /x", "AuthorizationType": "JWT", "AuthorizerId": "none"}, "NotFoundException", "none"),
        ({"RouteKey": "GET /x", "AuthorizationScopes": ["a"]}, "BadRequestException", "scopes"),
    ],
)
def test_routes_that_are_rejected(api: Maker, parameters: dict[str, Any], code: str, says: str) -> None:
    made = api(None)
    made.client.create_route(ApiId=made.id, RouteKey="GET /pets")
    refused = refusal(made.client.create_route, ApiId=made.id, **parameters)
    assert (refused[0], says in refused[1]) == (code, True)


@pytest.mark.differs(
    "API Gateway (HTTP)",
    "integrations other than Lambda functions",
    "HTTP_PROXY and integrations of other services are refused, with a sentence.",
)
@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://example.com"}, "nothing leaves this machine"),
        ({"IntegrationSubtype": "SQS-SendMessage"}, "Lambda functions only"),
        ({"CredentialsArn": "arn:aws:iam::*:user/*"}, "with a role or by the function's policy"),
    ],
)
def test_what_the_lab_does_not_support_gets_a_clear_error(api: Maker, parameters: dict[str, Any], says: str) -> None:
    made = api(None)
    known = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
    code, message = refusal(made.client.create_integration, ApiId=made.id, **known | parameters)
    assert (code, says in message) == ("BadRequestException", True)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"IntegrationType": "MOCK"}, "AWS_PROXY"),
        ({"PayloadFormatVersion": "3.0"}, "PayloadFormatVersion is a required parameter for integration"),
        ({"TimeoutInMillis": 30001}, "between 50 ms and 30000 ms"),
        ({"RequestParameters": {"append:header.via": "x"}}, "Operations on header via are restricted"),
        ({"ResponseParameters": {"200": {"overwrite:path": "x"}}}, "Invalid mapping expression"),
    ],
)
def test_integrations_that_are_rejected(api: Maker, parameters: dict[str, Any], says: str) -> None:
    made = api(None)
    known = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
    code, message = refusal(made.client.create_integration, ApiId=made.id, **known | parameters)
    assert (code, says in message) == ("BadRequestException", True)
    without = {key: value for key, value in known.items() if key != "PayloadFormatVersion"}
    assert "PayloadFormatVersion" in refusal(made.client.create_integration, ApiId=made.id, **without)[1]


def test_what_is_in_use_cannot_be_deleted(api: Maker) -> None:
    made = api()
    target = made.integrate()
    route = made.route("GET /", target)
    integration = target.partition("/")[2]
    assert refusal(made.client.delete_integration, ApiId=made.id, IntegrationId=integration) == (
        "ConflictException",
        f"Cannot delete Integration '{integration}' as it is referenced by Route '{route}'.",
    )
    assert refusal(made.client.delete_route, ApiId=made.id, RouteId="none")[0] == "NotFoundException"


def test_an_empty_mapping_removes_one(api: Maker) -> None:
    made = api()
    target = made.integrate(
        RequestParameters={"append:header.one": "1", "append:header.two": "2"},
        ResponseParameters={"200": {"append:header.one": "1"}, "404": {"append:header.two": "2"}},
    )
    said = made.client.update_integration(
        ApiId=made.id,
        IntegrationId=target.partition("/")[2],
        RequestParameters={"append:header.one": ""},
        ResponseParameters={"200": {}},
    )
    assert said["RequestParameters"] == {"append:header.two": "2"}
    assert said["ResponseParameters"] == {"404": {"append:header.two": "2"}}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"AuthorizerPayloadFormatVersion": "1.0"}, "EnableSimpleResponses"),
        ({"AuthorizerResultTtlInSeconds": 3601}, "between 0 and 3600"),
        ({"AuthorizerUri": "https://example.com"}, "Invalid Authorizer URI"),
        ({"IdentitySource": [], "AuthorizerResultTtlInSeconds": 1}, "IdentitySource is required"),
        ({"AuthorizerType": "JWT"}, "Issuer is required"),
        ({"AuthorizerCredentialsArn": "me"}, "is not the ARN of a role"),
    ],
)
def test_authorizers_that_are_rejected(api: Maker, parameters: dict[str, Any], says: str) -> None:
    made = api(None)
    known: dict[str, Any] = {
        "Name": "guard",
        "AuthorizerType": "REQUEST",
        "IdentitySource": ["$request.header.Authorization"],
        "AuthorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
    }
    code, message = refusal(made.client.create_authorizer, ApiId=made.id, **known | parameters)
    assert (code, says in message) == ("BadRequestException", True)


def test_authorizers_are_listed_and_kept_while_a_route_needs_them(api: Maker) -> None:
    made = api(None)
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    authorizer = made.client.create_authorizer(
        ApiId=made.id,
        Name="guard",
        AuthorizerType="REQUEST",
        IdentitySource=[],
        AuthorizerUri=uri,
        AuthorizerPayloadFormatVersion="2.0",
    )["AuthorizerId"]
    assert [each["Name"] for each in made.client.get_authorizers(ApiId=made.id)["Items"]] == ["guard"]
    made.client.update_authorizer(ApiId=made.id, AuthorizerId=authorizer, EnableSimpleResponses=True)
    assert made.client.get_authorizer(ApiId=made.id, AuthorizerId=authorizer)["EnableSimpleResponses"] is True
    route = made.client.create_route(
        ApiId=made.id, RouteKey="GET /", AuthorizationType="CUSTOM", AuthorizerId=authorizer
    )["RouteId"]
    assert refusal(made.client.delete_authorizer, ApiId=made.id, AuthorizerId=authorizer)[0] == "ConflictException"
    made.client.delete_route(ApiId=made.id, RouteId=route)
    assert status(made.client.delete_authorizer(ApiId=made.id, AuthorizerId=authorizer)) == 204


@pytest.mark.source("API Gateway (HTTP)", "deployments are snapshots; auto deploy")
def test_stages_and_deployments_that_are_rejected(api: Maker) -> None:
    made = api()
    client = made.client
    assert refusal(client.create_deployment, ApiId=made.id) == (
        "BadRequestException",
        "At least one route is required before deploying the Api.",
    )
    said = client.get_stage(ApiId=made.id, StageName="$default")["LastDeploymentStatusMessage"]
    assert said == "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    made.route("GET /")
    shown = client.get_stage(ApiId=made.id, StageName="$default")
    assert shown["LastDeploymentStatusMessage"].endswith(f"'{shown['DeploymentId']}'")
    assert refusal(client.create_stage, ApiId=made.id, StageName="$default")[0] == "ConflictException"
    assert refusal(client.create_stage, ApiId=made.id, StageName="a/b")[0] == "BadRequestException"
    assert refusal(client.create_stage, ApiId=made.id, StageName="x", DeploymentId="none")[0] == "NotFoundException"
    assert refusal(client.create_stage, ApiId=made.id, StageName="x", StageVariables={"a": "b c"})[0] == (
        "BadRequestException"
    )
    assert refusal(client.create_deployment, ApiId=made.id, StageName="$default")[0] == "BadRequestException"
    current = shown["DeploymentId"]
    assert refusal(client.delete_deployment, ApiId=made.id, DeploymentId=current)[0] == "BadRequestException"
    own = client.create_deployment(ApiId=made.id)["DeploymentId"]
    renamed = client.update_deployment(ApiId=made.id, DeploymentId=own, Description="mine")
    assert client.get_deployment(ApiId=made.id, DeploymentId=own)["Description"] == renamed["Description"] == "mine"
    assert status(client.delete_deployment(ApiId=made.id, DeploymentId=own)) == 204


def test_an_empty_stage_variable_is_removed(api: Maker) -> None:
    made = api(None)
    update = made.client.update_stage
    update(ApiId=made.id, StageName="$default", StageVariables={"a": "1", "b": "2"})
    said = update(ApiId=made.id, StageName="$default", StageVariables={"a": ""}, Description="mine")
    assert (said["StageVariables"], said["Description"]) == ({"b": "2"}, "mine")
