"""Temporary credentials that somebody else vouches for: nobody gets them here, and is told so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import lambdalab
from lambdalab.lab import Lab
from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import trusting

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "arn:aws:iam::123456789012:role/driver"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/us"
VOUCHED_FOR = {
    "AssumeRoleWithWebIdentity": {"RoleArn": ROLE, "RoleSessionName": "me", "WebIdentityToken": "token"},
    "AssumeRoleWithSAML": {"RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": "YQ=="},
}
SIGNED: dict[str, dict[str, str]] = {"GetSessionToken": {}, "GetFederationToken": {"Name": "bob"}}


@pytest.fixture(scope="module", params=["signed requests only", "any request"])
def lets_in(request: pytest.FixtureRequest) -> Iterator[str]:
    """The lab as it is, and one that lets in what nobody signed, as the page does."""
    lambdalab.stop()
    with Lab(any_credentials=request.param == "any request"):
        document = json.dumps(trusting({"Federated": PROVIDER}))
        boto3.client("iam").create_role(RoleName="driver", AssumeRolePolicyDocument=document)
        yield request.param


def refusal(operation: str, parameters: dict[str, str]) -> tuple[str, int, str]:
    call = getattr(boto3.client("sts", config=IMPATIENT), xform_name(operation))
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer: Any = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize("operation", VOUCHED_FOR)
def test_nobody_becomes_a_role_because_somebody_else_vouches_for_them(lets_in: str, operation: str) -> None:
    """Even if the role trusts whoever that is. SDKs do not sign these calls."""
    code, status, words = refusal(operation, VOUCHED_FOR[operation])
    assert "not part of this lab" in words
    if lets_in == "any request":
        assert (code, status) == ("NotPartOfThisLab", 501)
        assert operation in words
    else:
        assert (code, status) == ("MissingAuthenticationToken", 403)


@pytest.mark.parametrize("operation", SIGNED)
def test_credentials_that_would_not_work_are_not_given(lets_in: str, operation: str) -> None:
    words = f"{operation} is not part of this lab. AssumeRole is."
    assert refusal(operation, SIGNED[operation]) == ("NotPartOfThisLab", 501, words)
