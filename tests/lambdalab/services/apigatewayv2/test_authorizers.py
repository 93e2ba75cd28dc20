"""Who may call an HTTP API: Lambda authorizers, tokens, signatures."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

    Maker = Callable[..., Api]

UNAUTHORIZED, FORBIDDEN = b'{"message":"Unauthorized"}', b'{"message":"Forbidden"}'
INTERNAL = b'{"message":"Internal Server Error"}'
HERE = "us-east-1:123456789012"
SIMPLE = """
def handler(event, context):
    print("asked")
    return {"isAuthorized": event["identitySource"] == ["secret"], "context": {"user": "ada", "tier": 2}}
"""
BY_POLICY = """
def handler(event, context):
    print("asked")
    arn = event["methodArn" if event["version"] == "1.0" else "routeArn"]
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn.replace("/two", "/one")}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "ada", "policyDocument": policy, "context": {"tier": "2"}}
"""
SOURCE = ["$request.header.Authorization"]


def guard(made: Api, source: str, *, allowed: bool = True, keys: tuple[str, ...] = ("GET /",), **settings: Any) -> str:
    """A Lambda authorizer, and routes that it guards; its id."""
    made.account.create(source, name="guard")
    function = f"arn:aws:lambda:{HERE}:function:guard"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    authorizer = made.client.create_authorizer(
        ApiId=made.id,
        AuthorizerType="REQUEST",
        Name="guard",
        **{
            "AuthorizerUri": uri,
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "IdentitySource": SOURCE,
        }
        | settings,
    )["AuthorizerId"]
    if allowed:
        made.allow("guard", f"authorizers/{authorizer}")
    target = made.integrate()
    for key in keys:
        made.route(key, target, AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    return str(authorizer)


def asked(made: Api) -> int:
    return made.account.said("guard").count("asked")


# Lambda authorizers -----------------------------------------------------------------------------------------------


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: simple responses")
def test_a_lambda_authorizer_allows_a_request(api: Maker) -> None:
    made = api()
    guard(made, SIMPLE)
    answer = made.call(headers={"Authorization": "secret"})
    assert answer.status_code == 200
    assert answer.json()["requestContext"]["authorizer"] == {"lambda": {"user": "ada", "tier": 2}}
    refused = made.call(headers={"Authorization": "guess"})
    assert (refused.status_code, refused.content) == (403, FORBIDDEN)


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: identity sources, 401 without asking")
def test_without_its_identity_source_the_authorizer_is_not_invoked(api: Maker) -> None:
    made = api()
    guard(made, SIMPLE)
    answer = made.call()
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert asked(made) == 0


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: IAM policies")
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_policy_allows_some_routes(api: Maker, version: str) -> None:
    made = api()
    guard(
        made,
        BY_POLICY,
        keys=("GET /one", "GET /two"),
        AuthorizerPayloadFormatVersion=version,
        EnableSimpleResponses=False,
    )
    answers = [made.call(path=path, headers={"Authorization": "x"}) for path in ("/one", "/two")]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert answers[0].json()["requestContext"]["authorizer"] == {"lambda": {"tier": "2"}}


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: 500 when it fails")
@pytest.mark.parametrize("source", ["def handler(event, context): 1/0", "def handler(event, context): return 'yes'"])
def test_an_authorizer_that_fails(api: Maker, source: str) -> None:
    made = api()
    guard(made, source)
    answer = made.call(headers={"Authorization": "secret"})
    assert (answer.status_code, answer.content) == (500, INTERNAL)


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: 500 when it fails")
def test_an_authorizer_that_the_api_may_not_invoke(api: Maker) -> None:
    made = api()
    made.allow("hello", "*/*/*")
    guard(made, SIMPLE, allowed=False)
    answer = made.call(headers={"Authorization": "secret"})
    assert (answer.status_code, answer.content) == (500, INTERNAL)
    assert asked(made) == 0


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: results are kept for their time")
def test_the_output_is_cached_for_its_ttl(api: Maker) -> None:
    made = api()
    guard(made, SIMPLE, AuthorizerResultTtlInSeconds=300)
    for secret, status, times in (("secret", 200, 1), ("secret", 200, 1), ("guess", 403, 2), ("guess", 403, 2)):
        assert made.call(headers={"Authorization": secret}).status_code == status
        assert asked(made) == times
    made.account.lab.clock.advance(seconds=301)
    assert made.call(headers={"Authorization": "secret"}).status_code == 200
    assert asked(made) == 3
    made.client.reset_authorizers_cache(ApiId=made.id, StageName="$default")
    made.call(headers={"Authorization": "secret"})
    assert asked(made) == 4


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: results are kept for their time")
def test_without_a_ttl_nothing_is_cached(api: Maker) -> None:
    made = api()
    guard(made, SIMPLE)
    for _ in range(2):
        made.call(headers={"Authorization": "secret"})
    assert asked(made) == 2


@pytest.mark.source("API Gateway (HTTP)", "CORS: the API answers a preflight itself")
def test_a_preflight_needs_no_authorizer(api: Maker) -> None:
    page = "https://www.example.com"
    made = api(CorsConfiguration={"AllowOrigins": [page]})
    guard(made, SIMPLE, keys=("$default",))
    preflight = made.call("OPTIONS", headers={"Origin": page, "Access-Control-Request-Method": "GET"})
    assert (preflight.status_code, asked(made)) == (204, 0)
    assert made.call(headers={"Origin": page}).headers["access-control-allow-origin"] == page, "of a 401 as well"


# Tokens -----------------------------------------------------------------------------------------------------------

DISCOVERY = "/.well-known/openid-configuration"
ISSUER = """
KEYS = %r
def handler(event, context):
    print("fetched")
    issuer = "https://" + event["requestContext"]["domainName"]
    if event["rawPath"] == "/.well-known/openid-configuration":
        return {"issuer": issuer, "jwks_uri": issuer + "/keys"}
    return KEYS
"""


@cache
def key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": "one"})


def issuer_at_a_function_url(made: Api) -> str:
    """An identity provider: a function that publishes its keys."""
    public = {"keys": [key().as_dict(private=False)]}
    made.account.create(ISSUER % public, name="issuer")
    client = made.account.client("lambda")
    url = client.create_function_url_config(FunctionName="issuer", AuthType="NONE")["FunctionUrl"]
    for action, more in (
        ("InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        client.add_permission(
            FunctionName="issuer", StatementId=action, Action=f"lambda:{action}", Principal="*", **more
        )
    return str(url.rstrip("/"))


def issuer_in_a_bucket(made: Api) -> str:
    s3, issuer = made.account.client("s3"), "https://issuer.s3.us-east-1.amazonaws.com"
    s3.create_bucket(Bucket="issuer")
    documents = {
        DISCOVERY[1:]: {"issuer": issuer, "jwks_uri": f"{issuer}/keys.json"},
        "keys.json": {"keys": [key().as_dict(private=False)]},
    }
    for name, content in documents.items():
        s3.put_object(Bucket="issuer", Key=name, Body=json.dumps(content).encode())
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::issuer/*"}
    s3.put_bucket_policy(Bucket="issuer", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return issuer


def issuer_at_an_api(made: Api) -> str:
    public = {"keys": [key().as_dict(private=False)]}
    made.account.create(ISSUER % public, name="issuer")
    made.allow("issuer")
    target = made.integrate("issuer")
    for path in (DISCOVERY, "/keys"):
        made.route(f"GET {path}", target)
    return made.endpoint


def guarded_by_tokens(made: Api, issuer: str, *scopes: str) -> None:
    authorizer = made.client.create_authorizer(
        ApiId=made.id,
        AuthorizerType="JWT",
        Name="tokens",
        IdentitySource=SOURCE,
        JwtConfiguration={"Issuer": issuer, "Audience": ["pets"]},
    )["AuthorizerId"]
    made.route(
        "GET /", AuthorizationType="JWT", AuthorizerId=authorizer, **({"AuthorizationScopes": scopes} if scopes else {})
    )


def token(made: Api, issuer: str, **claims: Any) -> str:
    now = int(made.account.lab.clock.time())
    said = {"iss": issuer, "aud": "pets", "exp": now + 600, "sub": "ada", "groups": ["a", "b"]} | claims
    return "Bearer " + jwt.encode({"alg": "RS256", "kid": "one"}, said, key())


@pytest.mark.source("API Gateway (HTTP)", "JWT authorizer: signature, issuer, audience, times")
@pytest.mark.parametrize("where", [issuer_at_a_function_url, issuer_at_an_api, issuer_in_a_bucket])
def test_a_jwt_authorizer_allows_a_request(api: Maker, where: Callable[[Api], str]) -> None:
    made = api()
    issuer = where(made)
    guarded_by_tokens(made, issuer)
    answer = made.call(headers={"Authorization": token(made, issuer)})
    assert answer.status_code == 200
    claims = answer.json()["requestContext"]["authorizer"]["jwt"]
    assert (claims["claims"]["sub"], claims["claims"]["groups"], claims["scopes"]) == ("ada", "[a b]", None)
    for header, challenge in (
        (None, "Bearer"),
        (token(made, issuer, aud="cats"), "the token does not have a valid audience"),
        (token(made, issuer, exp=1), "the token has expired"),
        (token(made, issuer) + "x", "signature"),
    ):
        refused = made.call(headers={"Authorization": header} if header else {})
        assert (refused.status_code, refused.content) == (401, UNAUTHORIZED)
        assert challenge in refused.headers["www-authenticate"]
    expired = made.call(headers={"Authorization": token(made, issuer, exp=1)})
    assert expired.headers["www-authenticate"] == (
        'Bearer scope="" error="invalid_token" error_description="the token has expired"'
    )
    old = token(made, issuer)
    made.account.lab.clock.advance(seconds=601)
    assert made.call(headers={"Authorization": old}).status_code == 401


@pytest.mark.source("API Gateway (HTTP)", "JWT authorizer: scopes of a route")
def test_a_token_without_the_scope_is_forbidden(api: Maker) -> None:
    made = api()
    issuer = issuer_in_a_bucket(made)
    guarded_by_tokens(made, issuer, "pets.read")
    let_in = made.call(headers={"Authorization": token(made, issuer, scope="pets.read email")})
    assert let_in.json()["requestContext"]["authorizer"]["jwt"]["scopes"] == ["pets.read", "email"]
    refused = made.call(headers={"Authorization": token(made, issuer, scope="email")})
    assert (refused.status_code, refused.content) == (403, FORBIDDEN)
    assert 'scope="pets.read" error="insufficient_scope"' in refused.headers["www-authenticate"]


def test_the_key_set_is_cached_for_two_hours(api: Maker) -> None:
    made = api()
    issuer = issuer_at_a_function_url(made)
    guarded_by_tokens(made, issuer)
    fetched = [made.account.said("issuer").count("fetched")]
    for wait_s in (0, 60, 7200):
        made.account.lab.clock.advance(seconds=wait_s)
        assert made.call(headers={"Authorization": token(made, issuer)}).status_code == 200
        fetched.append(made.account.said("issuer").count("fetched"))
    assert fetched == [1, 3, 3, 5], "once when the authorizer was made, then the document and the keys"


@pytest.mark.differs(
    "API Gateway (HTTP)",
    "JWT authorizer: issuers",
    "An issuer is a function URL, an API or public objects of the lab: nothing is fetched from elsewhere.",
)
def test_an_issuer_outside_the_lab_is_rejected(api: Maker) -> None:
    made = api()
    with pytest.raises(Exception, match="no request leaves this machine") as refused:
        guarded_by_tokens(made, "https://accounts.example.com")
    assert "Issuer must have a valid discovery endpoint" in str(refused.value)
    bucket = "https://nobody.s3.amazonaws.com"
    with pytest.raises(made.client.exceptions.BadRequestException, match=f"{bucket}{DISCOVERY} answers 403"):
        guarded_by_tokens(made, bucket)


# Signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.source("API Gateway (HTTP)", "IAM authorization")
def test_a_signed_request_is_allowed(api: Maker) -> None:
    made = api()
    made.route("GET /pets/{id}", AuthorizationType="AWS_IAM")
    refused = made.call(path="/pets/1")
    assert (refused.status_code, refused.content) == (403, FORBIDDEN)
    answer = signed(made, boto3.Session())
    assert answer.status_code == 200
    assert answer.json()["requestContext"]["authorizer"]["iam"]["accountId"] == "123456789012"


@pytest.mark.source("API Gateway (HTTP)", "IAM authorization")
@pytest.mark.parametrize(("resource", "status"), [("*/GET/pets/*", 200), ("*/GET/pets/2", 403)])
def test_a_user_s_policy_names_the_routes(api: Maker, resource: str, status: int) -> None:
    made = api()
    made.route("GET /pets/{id}", AuthorizationType="AWS_IAM")
    iam = made.account.client("iam")
    iam.create_user(UserName="ada")
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{made.arn}/{resource}"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="ada", PolicyName="calls", PolicyDocument=json.dumps(policy))
    made_key = iam.create_access_key(UserName="ada")["AccessKey"]
    session = boto3.Session(made_key["AccessKeyId"], made_key["SecretAccessKey"])
    assert signed(made, session).status_code == status


@pytest.mark.source("API Gateway (HTTP)", "IAM authorization")
@pytest.mark.parametrize("running", ["server"], indirect=True)  # the page does not verify signatures
def test_a_wrong_signature_is_forbidden(api: Maker) -> None:
    made = api()
    made.route("GET /pets/{id}", AuthorizationType="AWS_IAM")
    answer = signed(made, boto3.Session(), spoil=True)
    assert (answer.status_code, answer.content) == (403, FORBIDDEN)


def signed(made: Api, session: Any, *, spoil: bool = False) -> requests.Response:
    request = AWSRequest("GET", made.account.lab.url(made.endpoint + "/pets/1"))
    SigV4Auth(session.get_credentials(), "execute-api", "us-east-1").add_auth(request)
    headers = dict(request.headers)
    if spoil:
        headers["Authorization"] = headers["Authorization"][:-4] + "0000"
    return requests.get(request.url, headers=headers, timeout=20)
