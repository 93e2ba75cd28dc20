"""What moto does not have of AWS is refused in words: no page of HTML, and no setting that is taken and ignored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.lambdalab.packages import trusting

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    # One for each protocol, and those that AWS added last.
    ("iam", "UpdateOpenIDConnectProvider"): {"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/x"},
    ("sts", "GetScopedCredentials"): {"DurationSeconds": 900},
    ("sts", "GetWebIdentityToken"): {"Audience": ["me"], "SigningAlgorithm": "RS256"},
    ("sns", "GetSMSSandboxAccountStatus"): {},
    ("sqs", "ListMessageMoveTasks"): {"SourceArn": "arn:aws:sqs:us-east-1:123456789012:q"},
    ("dynamodb", "DescribeContributorInsights"): {"TableName": "t"},
    ("kinesis", "DescribeAccountSettings"): {},
    ("events", "ListEndpoints"): {},
    ("logs", "ListLogAnomalyDetectors"): {},
    ("cloudwatch", "ListMetricStreams"): {},
    ("secretsmanager", "ValidateResourcePolicy"): {"ResourcePolicy": "{}"},
}
TRUST = json.dumps(trusting({"Service": "lambda.amazonaws.com"}))
PROVIDER = {"Url": "https://idp.example.com", "ThumbprintList": ["a" * 40]}
CONTEXT = {"SubjectSourceKey": "sub"}
CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer: Any = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_an_operation_that_moto_lacks_is_refused_in_words(
    client: Callable[..., Any], service: str, operation: str
) -> None:
    call = getattr(client(service), xform_name(operation))
    words = f"{operation} is not part of this lab."
    assert refusal(call, **OPERATIONS[service, operation]) == ("NotPartOfThisLab", 501, words)


@pytest.mark.parametrize(
    ("operation", "parameters", "member"),
    [
        ("create_role", {"RoleName": "new", "AssumeRolePolicyDocument": TRUST}, "MaxSigninSessionDuration"),
        ("update_role", {"RoleName": "old"}, "MaxSigninSessionDuration"),
        ("create_login_profile", {"UserName": "ann", "Password": "Secret-1234"}, "MaxSigninSessionDuration"),
        ("update_login_profile", {"UserName": "ann"}, "MaxSigninSessionDuration"),
        ("create_open_id_connect_provider", PROVIDER, "ContextProvider"),
        ("create_open_id_connect_provider", PROVIDER, "IdentityCenterInstanceArn"),
        ("create_saml_provider", {"Name": "idp", "SAMLMetadataDocument": "x" * 1000}, "ContextProvider"),
        ("update_saml_provider", {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/idp"}, "ContextProvider"),
    ],
)
def test_a_setting_of_iam_that_would_change_nothing_is_refused(
    client: Callable[..., Any], operation: str, parameters: dict[str, Any], member: str
) -> None:
    iam = client("iam")
    iam.create_role(RoleName="old", AssumeRolePolicyDocument=TRUST)
    value = {"MaxSigninSessionDuration": 3600, "ContextProvider": CONTEXT, "IdentityCenterInstanceArn": CENTER}[member]
    code, status, words = refusal(getattr(iam, operation), **parameters, **{member: value})
    assert (code, status) == ("NotPartOfThisLab", 501)
    assert words.startswith(f"{member} (")
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["old"]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert iam.list_saml_providers()["SAMLProviderList"] == []


def test_the_same_without_that_setting_is_done(client: Callable[..., Any]) -> None:
    iam = client("iam")
    iam.create_role(RoleName="old", AssumeRolePolicyDocument=TRUST)
    iam.update_role(RoleName="old", MaxSessionDuration=7200, ResetMaxSigninSessionDuration=True)
    assert iam.get_role(RoleName="old")["Role"]["MaxSessionDuration"] == 7200
    iam.create_open_id_connect_provider(**PROVIDER)
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 1
