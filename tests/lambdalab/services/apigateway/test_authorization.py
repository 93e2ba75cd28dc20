"""Who may call: Lambda authorizers, signatures, and the API's own policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.endpoint.test_access import signature
from tests.lambdalab.packages import MY_ACCOUNT, trusting

from .conftest import uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    from .conftest import Api

REST = "API Gateway (REST)"
ECHO = "import json\ndef handler(event, context): return {'body': json.dumps(event)}"
SAYS = """
import json
def handler(event, context):
    print("EVENT " + json.dumps(event))
    token = event.get("authorizationToken") or event["headers"].get("X-Token") or "allow"
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "broken":
        raise Exception("something else")
    if token in ("null", "{}", '"text"'):
        return json.loads(token)
    arn = event["methodArn"] if token != "all" else event["methodArn"].split("/")[0] + "/*"
    effect = {"deny": "Deny", "allow": "Allow", "all": "Allow", "other": "Allow"}.get(token, "Allow")
    resource = arn if token != "other" else "arn:aws:execute-api:us-east-1:123456789012:other/*"
    return {
        "principalId": "ada",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
        },
        "context": {"string": "a", "number": 1, "yes": True},
    }
"""


@pytest.fixture
def guarded(function: Callable[..., Any], api: Api) -> Callable[..., Any]:
    """An API with an authorizer before GET /pets/{id}; gives the authorizer's function."""

    def make(allow: bool = True, **settings: Any) -> Any:
        asked = function("authorizer", SAYS)
        made = api.control.create_authorizer(
            **{
                "restApiId": api.id,
                "name": "guard",
                "type": "TOKEN",
                "authorizerUri": uri(asked.arn),
                "identitySource": "method.request.header.Authorization",
                **settings,
            }
        )
        if allow:
            api.allow(asked, f"authorizers/{made['id']}")
        api.method("/pets/{id}", "GET", function("echo", ECHO), authorizationType="CUSTOM", authorizerId=made["id"])
        api.deploy(variables={"stageVariable": "there"})
        return asked

    return make


def told(answer: Any) -> tuple[int, str, bytes]:
    return answer.status, answer.kind, answer.body


UNAUTHORIZED = (401, "UnauthorizedException", b'{"message":"Unauthorized"}')
BROKEN = (500, "AuthorizerConfigurationException", b'{"message":null}')


@pytest.mark.source(REST, "Lambda authorizer, TOKEN")
def test_a_token_authorizer_allows_a_request_and_the_function_receives_its_output(
    guarded: Callable[..., Any], api: Api
) -> None:
    asked = guarded()
    made = api.call("/pets/7", headers={"Authorization": "allow"})
    told_to = json.loads(made.body)["requestContext"]["authorizer"]
    assert told_to.pop("integrationLatency") >= 0
    assert told_to == {"principalId": "ada", "string": "a", "number": "1", "yes": "true"}
    assert asked.events() == [
        {"type": "TOKEN", "methodArn": f"{api.arn}/prod/GET/pets/7", "authorizationToken": "allow"}
    ]


@pytest.mark.source(REST, "401 without an identity source")
def test_without_a_token_the_authorizer_is_not_invoked(guarded: Callable[..., Any], api: Api) -> None:
    asked = guarded()
    assert told(api.call("/pets/7")) == UNAUTHORIZED
    assert asked.events() == []


@pytest.mark.source(REST, "401 without an identity source")
def test_a_token_that_does_not_match_the_validation_expression_is_rejected(
    guarded: Callable[..., Any], api: Api
) -> None:
    asked = guarded(identityValidationExpression="all[a-z]+")
    assert told(api.call("/pets/7", headers={"Authorization": "deny"})) == UNAUTHORIZED
    assert api.call("/pets/7", headers={"Authorization": "allow"}).status == 200
    assert len(asked.events()) == 1


@pytest.mark.source(REST, "Lambda authorizer, TOKEN")
@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        ("unauthorized", UNAUTHORIZED),
        ("broken", (500, "AuthorizerFailureException", b'{"message":null}')),
        ("null", BROKEN),
        ("{}", BROKEN),
        ('"text"', BROKEN),
        (
            "deny",
            (
                403,
                "AccessDeniedException",
                b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
            ),
        ),
        ("other", (403, "AccessDeniedException", b'{"Message":"User is not authorized to access this resource"}')),
    ],
)
def test_an_authorizer_denies_a_request(
    token: str, refusal: tuple[int, str, bytes], guarded: Callable[..., Any], api: Api
) -> None:
    guarded()
    assert told(api.call("/pets/7", headers={"Authorization": token})) == refusal


@pytest.mark.source(REST, "Lambda authorizer, TOKEN")
def test_an_authorizer_that_api_gateway_may_not_invoke_is_a_500(guarded: Callable[..., Any], api: Api) -> None:
    asked = guarded(allow=False)
    assert told(api.call("/pets/7", headers={"Authorization": "allow"})) == BROKEN
    assert asked.events() == []


@pytest.mark.source(REST, "cache of authorizers")
def test_the_output_is_cached_for_its_ttl_on_the_lab_s_clock(guarded: Callable[..., Any], api: Api, lab: Lab) -> None:
    asked = guarded(authorizerResultTtlInSeconds=60)
    for _ in range(3):
        assert api.call("/pets/7", headers={"Authorization": "all"}).status == 200
    assert len(asked.events()) == 1
    lab.clock.advance(seconds=61)
    assert api.call("/pets/7", headers={"Authorization": "all"}).status == 200
    assert len(asked.events()) == 2


@pytest.mark.source(REST, "cache of authorizers")
def test_a_cached_policy_for_one_path_denies_the_next(guarded: Callable[..., Any], api: Api) -> None:
    asked = guarded()
    assert api.call("/pets/7", headers={"Authorization": "allow"}).status == 200
    second = api.call("/pets/8", headers={"Authorization": "allow"})
    assert second.body == b'{"Message":"User is not authorized to access this resource"}'
    assert len(asked.events()) == 1


@pytest.mark.source(REST, "cache of authorizers")
def test_without_a_ttl_the_authorizer_is_invoked_each_time(guarded: Callable[..., Any], api: Api) -> None:
    asked = guarded(authorizerResultTtlInSeconds=0)
    assert [api.call(f"/pets/{pet}", headers={"Authorization": "allow"}).status for pet in (7, 8)] == [200, 200]
    assert len(asked.events()) == 2


SOURCES = "method.request.header.X-Token, method.request.querystring.q, stageVariables.stageVariable, context.stage"


@pytest.mark.source(REST, "Lambda authorizer, REQUEST")
def test_the_event_of_a_request_authorizer(guarded: Callable[..., Any], api: Api) -> None:
    asked = guarded(type="REQUEST", identitySource=SOURCES)
    assert api.call("/pets/7?q=1", headers={"X-Token": "allow"}).status == 200
    (event,) = asked.events()
    sample = {
        "type",
        "methodArn",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "queryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    }
    """Of AWS's sample event, `sam local generate-event apigateway request-authorizer`."""
    assert set(event) == sample | {"multiValueHeaders", "multiValueQueryStringParameters"}
    assert (event["type"], event["methodArn"]) == ("REQUEST", f"{api.arn}/prod/GET/pets/7")
    assert (event["resource"], event["path"]) == ("/pets/{id}", "/pets/7")
    assert event["pathParameters"] == {"id": "7"}
    assert event["queryStringParameters"] == {"q": "1"}
    assert event["stageVariables"] == {"stageVariable": "there"}
    assert event["requestContext"]["resourcePath"] == "/pets/{id}"


@pytest.mark.source(REST, "401 without an identity source")
@pytest.mark.parametrize(
    ("query", "headers"), [("", {"X-Token": "allow"}), ("?q=1", {}), ("?q=", {"X-Token": "allow"})]
)
def test_each_identity_source_is_required(
    query: str, headers: dict[str, str], guarded: Callable[..., Any], api: Api
) -> None:
    asked = guarded(type="REQUEST", identitySource=SOURCES)
    assert told(api.call(f"/pets/7{query}", headers=headers)) == UNAUTHORIZED
    assert asked.events() == []


@pytest.mark.differs(REST, "Cognito user pools", "authorizers of this type answer 500: the lab has no user pools")
def test_user_pool_authorizers_are_not_supported(api: Api, function: Callable[..., Any]) -> None:
    made = api.control.create_authorizer(
        restApiId=api.id,
        name="pool",
        type="COGNITO_USER_POOLS",
        providerARNs=["arn:aws:cognito-idp:us-east-1:123456789012:userpool/x"],
    )
    api.method("/", "GET", function("echo", ECHO), authorizationType="COGNITO_USER_POOLS", authorizerId=made["id"])
    api.deploy()
    answer = api.call("/", headers={"Authorization": "x"})
    assert answer.status == 500
    assert b"no COGNITO_USER_POOLS authorizers" in answer.body


# Signatures -------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(function: Callable[..., Any], api: Api) -> Api:
    """An API that requires signatures."""
    api.method("/pets", "GET", function("echo", ECHO), authorizationType="AWS_IAM")
    api.deploy()
    return api


def by(lab: Lab, api: Api, path: str = "/pets", service: str = "execute-api", **who: str) -> dict[str, str]:
    return signature(lab, path=f"{api.path}/prod{path}", service=service, **who)


@pytest.mark.source(REST, "AWS_IAM")
def test_without_a_signature_the_token_is_missing(signed: Api) -> None:
    assert told(signed.call("/pets")) == (
        403,
        "MissingAuthenticationTokenException",
        b'{"message":"Missing Authentication Token"}',
    )


@pytest.mark.source(REST, "AWS_IAM")
def test_the_function_receives_who_signed(signed: Api, lab: Lab) -> None:
    made = signed.call("/pets", headers=by(lab, signed))
    identity = json.loads(made.body)["requestContext"]["identity"]
    assert identity["accessKey"] == lab.variables["AWS_ACCESS_KEY_ID"]
    assert identity["accountId"] == "123456789012"
    assert identity["userArn"].startswith("arn:aws:")


@pytest.mark.source(REST, "AWS_IAM")
def test_a_wrong_signature_is_rejected(signed: Api, lab: Lab) -> None:
    wrong = signed.call("/pets", headers=by(lab, signed, secret="wrong"))
    assert (wrong.status, wrong.kind) == (403, "InvalidSignatureException")
    assert json.loads(wrong.body)["message"].startswith("The request signature we calculated does not match")
    unknown = signed.call("/pets", headers=by(lab, signed, key="AKIAUNKNOWN"))
    assert (unknown.status, unknown.kind) == (403, "UnrecognizedClientException")
    other = signed.call("/pets", headers=by(lab, signed, service="lambda"))
    assert json.loads(other.body)["message"].startswith("Credential should be scoped to correct service")


@pytest.mark.source(REST, "AWS_IAM")
def test_a_users_policies_are_evaluated(signed: Api, lab: Lab, client: Callable[[str], Any]) -> None:
    iam = client("iam")
    arn = iam.create_user(UserName="ada")["User"]["Arn"]
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    who = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    refused = signed.call("/pets", headers=by(lab, signed, **who))
    assert told(refused) == (
        403,
        "AccessDeniedException",
        json.dumps(
            {
                "Message": f"User: {arn} is not authorized to perform: execute-api:Invoke on resource: "
                f"arn:aws:execute-api:us-east-1:********9012:{signed.id}/prod/GET/pets"
            },
            separators=(",", ":"),
        ).encode(),
    )
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{signed.arn}/*/GET/pets"}
    policy = {"Version": "2012-10-17", "Statement": allowed}
    iam.put_user_policy(UserName="ada", PolicyName="call", PolicyDocument=json.dumps(policy))
    assert signed.call("/pets", headers=by(lab, signed, **who)).status == 200


# The API's own policy ---------------------------------------------------------------------------------------------


def policy(effect: str, principal: Any = "*", resource: str = "execute-api:/prod/GET/pets", **condition: Any) -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": "execute-api:Invoke", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **condition}]})


@pytest.mark.source(REST, "resource policies")
@pytest.mark.parametrize(
    ("document", "refused"),
    [
        (policy("Allow"), None),
        (policy("Allow", resource="execute-api:/*"), None),
        (policy("Allow", resource="execute-api:/dev/*"), ""),
        (policy("Deny"), " with an explicit deny"),
        (policy("Allow", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), ""),
        (policy("Allow", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), None),
        (policy("Allow", {"AWS": "123456789012"}), ""),
    ],
)
def test_the_resource_policy_of_an_api(
    document: str, refused: str | None, function: Callable[..., Any], make_api: Callable[..., Api]
) -> None:
    api = make_api(policy=document)
    api.method("/pets", "GET", function("echo", ECHO))
    api.deploy()
    made = api.call("/pets")
    if refused is None:
        assert made.status == 200
    else:
        assert (made.status, made.kind) == (403, "AccessDeniedException")
        assert json.loads(made.body)["Message"] == (
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
            f"arn:aws:execute-api:us-east-1:********9012:{api.id}/prod/GET/pets{refused}"
        )


@pytest.mark.source(REST, "resource policies")
def test_a_signer_needs_their_own_policy_or_the_api_s_to_allow_it(
    function: Callable[..., Any], make_api: Callable[..., Api], lab: Lab, client: Callable[[str], Any]
) -> None:
    iam = client("iam")
    role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=json.dumps(trusting(MY_ACCOUNT)))["Role"]["Arn"]
    session = client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    api = make_api(policy=policy("Allow", {"AWS": role}))
    api.method("/pets", "GET", function("echo", ECHO), authorizationType="AWS_IAM")
    api.method("/toys", "GET", function("toys", ECHO), authorizationType="AWS_IAM")
    api.deploy()
    token = {"X-Amz-Security-Token": session["SessionToken"]}
    who = {"key": session["AccessKeyId"], "secret": session["SecretAccessKey"]}

    def call(path: str) -> int:
        return api.call(
            path, headers={**signature(lab, path=f"{api.path}/prod{path}", service="execute-api", headers=token, **who)}
        ).status

    assert (call("/pets"), call("/toys")) == (200, 403)
