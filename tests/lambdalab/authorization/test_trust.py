"""Roles: who may become them, who may hand them to a function, and what a function's role must allow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import allowing, trusting, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
HERE = f"us-east-1:{ACCOUNT}"
ECHO = "handler = lambda event, context: event"


def role_for(client: Clients, name: str, principal: Any, **conditions: Any) -> None:
    """Make a role that trusts this principal, or let it trust this one from now on."""
    iam, document = client("iam"), json.dumps(trusting(principal, **conditions))
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)


@pytest.fixture
def user(client: Clients) -> Callable[..., Clients]:
    """Clients of the user ada, who has this policy."""

    def make(policy: dict[str, Any] | None = None) -> Clients:
        iam = client("iam")
        iam.create_user(UserName="ada")
        if policy:
            iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        return lambda service: session.client(service, config=IMPATIENT)

    return make


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    """Code, status and words of a refused call."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


# Who may become a role --------------------------------------------------------------------------------------------

NO_TRUST = (
    "AccessDenied",
    403,
    f"User: {ADA} is not authorized to perform: sts:AssumeRole on resource: {ROLE}driver "
    "because no role trust policy allows the sts:AssumeRole action",
)


def become(clients: Clients, role: str = "driver", **more: Any) -> Callable[..., Any]:
    return lambda: clients("sts").assume_role(RoleArn=ROLE + role, RoleSessionName="me", **more)


def test_a_role_that_does_not_trust_a_user_cannot_be_assumed(client: Clients, user: Callable[..., Clients]) -> None:
    role_for(client, "driver", {"Service": "lambda.amazonaws.com"})
    assert refusal(become(user(allowing("sts:AssumeRole")))) == NO_TRUST


def test_trust_in_the_account_leaves_it_to_the_user_s_own_policies(
    client: Clients, user: Callable[..., Clients]
) -> None:
    role_for(client, "driver", {"AWS": ROOT})
    ada = user()
    assert "because no identity-based policy allows the sts:AssumeRole action" in refusal(become(ada))[2]
    client("iam").put_user_policy(
        UserName="ada",
        PolicyName="own",
        PolicyDocument=json.dumps(allowing("sts:AssumeRole", resource=f"{ROLE}driver")),
    )
    become(ada)()


def test_trust_in_a_user_is_enough(client: Clients, user: Callable[..., Clients]) -> None:
    ada = user()
    role_for(client, "driver", {"AWS": ADA})
    become(ada)()


def test_conditions_of_a_trust_policy_count(client: Clients, user: Callable[..., Clients]) -> None:
    ada = user()
    role_for(client, "driver", {"AWS": ADA}, StringEquals={"sts:ExternalId": "secret"})
    assert refusal(become(ada))[0] == "AccessDenied"
    become(ada, ExternalId="secret")()


def test_a_deny_in_a_trust_policy_says_so(client: Clients, user: Callable[..., Clients]) -> None:
    ada = user(allowing("*"))
    role_for(client, "driver", {"AWS": ROOT})
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": ADA}, "Action": "sts:AssumeRole"},
    ]
    client("iam").update_assume_role_policy(
        RoleName="driver", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    assert refusal(become(ada))[2].endswith("with an explicit deny in the role trust policy")


def test_even_the_reader_becomes_a_role_only_if_it_trusts_the_account(client: Clients) -> None:
    role_for(client, "driver", {"Service": "lambda.amazonaws.com"})
    code, status, words = refusal(become(client))
    assert (code, status) == ("AccessDenied", 403)
    assert words.endswith("because no role trust policy allows the sts:AssumeRole action")
    assert refusal(become(client, "nobody"))[0] == "AccessDenied", "whether there is such a role is not told"
    role_for(client, "driver", {"AWS": ROOT})
    become(client)()


def test_a_session_ends_with_its_role_even_if_that_is_made_again(client: Clients) -> None:
    role_for(client, "driver", {"AWS": ROOT})
    everything = json.dumps(allowing("*"))
    iam = client("iam")
    iam.put_role_policy(RoleName="driver", PolicyName="all", PolicyDocument=everything)
    keys = become(client)()["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    queues = session.client("sqs", config=IMPATIENT)
    queues.list_queues()
    iam.delete_role_policy(RoleName="driver", PolicyName="all")
    iam.delete_role(RoleName="driver")
    assert refusal(queues.list_queues)[0] == "AccessDenied"
    role_for(client, "driver", {"AWS": ROOT})
    iam.put_role_policy(RoleName="driver", PolicyName="all", PolicyDocument=everything)
    assert refusal(queues.list_queues)[0] == "AccessDenied"


def test_what_was_allowed_to_a_session_may_be_taken_from_those_made_before(client: Clients) -> None:
    """As the console's "revoke active sessions" does."""
    role_for(client, "driver", {"AWS": ROOT})
    policy = allowing("*")
    keys = become(client)()["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}},
        }
    )
    client("iam").put_role_policy(RoleName="driver", PolicyName="all", PolicyDocument=json.dumps(policy))
    assert "explicit deny" in refusal(session.client("sqs", config=IMPATIENT).list_queues)[2]


# Lambda and a function's role -------------------------------------------------------------------------------------

CANNOT = "The role defined for the function cannot be assumed by Lambda."
INVALID = ("InvalidParameterValueException", 400, CANNOT)


def test_a_role_that_does_not_trust_lambda_is_refused(
    lab: Lab, client: Clients, create: Callable[..., Any], aws_lambda: Any
) -> None:
    role_for(client, "ec2-only", {"Service": "ec2.amazonaws.com"})
    assert refusal(create, Role=f"{ROLE}ec2-only") == INVALID
    assert refusal(create, Role=f"{ROLE}nobody") == INVALID
    create()
    update = aws_lambda.update_function_configuration
    assert refusal(update, FunctionName="hello", Role=f"{ROLE}ec2-only") == INVALID
    assert refusal(update, FunctionName="hello", Role=f"{ROLE}nobody") == INVALID
    foreign = refusal(update, FunctionName="hello", Role="arn:aws:iam::210987654321:role/theirs")
    assert foreign == ("AccessDeniedException", 403, "Cross-account pass role is not allowed.")
    assert aws_lambda.get_function_configuration(FunctionName="hello")["Role"] == f"{ROLE}role"


def test_a_trust_policy_may_name_the_function(client: Clients, create: Callable[..., Any]) -> None:
    mine = f"arn:aws:lambda:{HERE}:function:hello"
    role_for(client, "mine", {"Service": "lambda.amazonaws.com"}, ArnLike={"aws:SourceArn": mine})
    create(Role=f"{ROLE}mine")
    assert refusal(create, name="other", Role=f"{ROLE}mine") == INVALID


def test_a_function_whose_role_is_gone_does_not_run(
    client: Clients, create: Callable[..., Any], aws_lambda: Any
) -> None:
    role_for(client, "short-lived", {"Service": "lambda.amazonaws.com"})
    create(ECHO, Role=f"{ROLE}short-lived")
    aws_lambda.invoke(FunctionName="hello")
    client("iam").delete_role(RoleName="short-lived")
    assert refusal(aws_lambda.invoke, FunctionName="hello") == ("AccessDeniedException", 403, CANNOT)


def test_who_gives_a_function_a_role_must_be_allowed_to_pass_it(
    lab: Lab, client: Clients, user: Callable[..., Clients], create: Callable[..., Any]
) -> None:
    role = lab.role("strong")
    ada = user(allowing("lambda:*"))("lambda")
    function = {
        "FunctionName": "mine",
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped({"app.py": ECHO})},
    }
    words = (
        f"User: {ADA} is not authorized to perform: iam:PassRole on resource: {role} "
        "because no identity-based policy allows the iam:PassRole action"
    )
    assert refusal(ada.create_function, **function) == ("AccessDeniedException", 403, words)
    create()
    assert refusal(ada.update_function_configuration, FunctionName="hello", Role=role)[2] == words
    ada.update_function_configuration(FunctionName="hello", Timeout=7)

    passing = allowing("iam:PassRole", resource=role)
    passing["Statement"][0]["Condition"] = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    client("iam").put_user_policy(UserName="ada", PolicyName="pass", PolicyDocument=json.dumps(passing))
    ada.create_function(**function)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:{HERE}:dead"}}, "SendMessage on SQS"),
        ({"DeadLetterConfig": {"TargetArn": f"arn:aws:sns:{HERE}:dead"}}, "Publish on SNS"),
        ({"TracingConfig": {"Mode": "Active"}}, "PutTraceSegments on XRAY"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "CreateNetworkInterface on EC2"),
    ],
)
def test_a_setting_that_the_role_has_no_permission_for_is_refused(
    client: Clients, create: Callable[..., Any], aws_lambda: Any, setting: dict[str, Any], words: str
) -> None:
    words = f"The provided execution role does not have permissions to call {words}"
    assert refusal(create, **setting) == ("InvalidParameterValueException", 400, words)
    create()
    update = aws_lambda.update_function_configuration
    assert refusal(update, FunctionName="hello", **setting)[2] == words
    client("iam").put_role_policy(RoleName="role", PolicyName="more", PolicyDocument=json.dumps(allowing("*")))
    update(FunctionName="hello", **setting)


def test_a_new_role_must_allow_what_was_configured_before(
    lab: Lab, create: Callable[..., Any], aws_lambda: Any
) -> None:
    dead = {"TargetArn": f"arn:aws:sqs:{HERE}:dead"}
    create(Role=lab.role("may-send", allowing("sqs:SendMessage")), DeadLetterConfig=dead)
    update = aws_lambda.update_function_configuration
    assert refusal(update, FunctionName="hello", Role=lab.role("mute"))[2].endswith("SendMessage on SQS")
    update(FunctionName="hello", Role=lab.role("mute"), DeadLetterConfig={"TargetArn": ""})


def test_a_function_s_calls_say_which_function_they_come_from(
    lab: Lab, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    """The condition key lambda:SourceFunctionArn."""
    policy = allowing("sqs:ListQueues")
    policy["Statement"][0]["Condition"] = {
        "ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{HERE}:function:hello"}
    }
    source = """
        import boto3
        sqs = boto3.client("sqs")

        def handler(event, context):
            try:
                sqs.list_queues()
            except Exception as problem:
                return type(problem).__name__
    """
    role = lab.role("shared", policy)
    create(source, Role=role)
    create(source, name="other", Role=role)
    assert invoke("hello") is None
    assert invoke("other") == "ClientError"
