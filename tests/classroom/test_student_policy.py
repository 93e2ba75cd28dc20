"""What a learner may do in a real account: all that the course asks for, and nothing else. Proved without an account.

Every notebook runs once, solved, in a lab that plays the account (`recorder/sitecustomize.py`). Each call that it makes
is asked about twice: in the lab's evaluator, and in @cloud-copilot/iam-simulate, which also knows what actions and
resources AWS has.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session

from lambdalab.real_account.place import COURSE, PATH
from lambdalab.services.lambda_.api.constraints import violations

from . import record, replay
from .replay import ACCOUNT, REGION, Account, Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 6144
"""Characters of a managed policy, white space not counted."""
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/lambdalab-boundary"
MARKS = {"lambdalab:course": COURSE, "lambdalab:learner": "ada"}
TAGS = [{"Key": key, "Value": value} for key, value in MARKS.items()]
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
ROLE = f"arn:aws:iam::{ACCOUNT}:role{PATH}"

REFUSED_IN_CLASS = {
    # The chapter shows a boundary by putting one of its own on a role. In a class the boundary is the teacher's.
    ("concepts/execution-role", action)
    for action in (
        "iam:CreatePolicy",
        "iam:DeletePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:ListPolicyTags",
        "iam:PutRolePermissionsBoundary",
        "iam:TagPolicy",
    )
}

UNKNOWN_TO_THEM = (
    # AWS's reference lists API Gateway's paths of both versions, and the second version's action on a page of its own;
    # of the first it lists POST on few paths below an API, and means all.
    "apigateway:",
    (f"arn:aws:apigateway:{REGION}::/apis", f"arn:aws:apigateway:{REGION}::/restapis/"),
    'error: {"message":"no.resource.types"}',
)

NOTEBOOKS = pytest.mark.parametrize("name", record.NOTEBOOKS)


@pytest.fixture(scope="module")
def documents() -> list[Any]:
    return replay.policies()


def decisions(documents: list[Any], asked: list[Asked]) -> list[tuple[Asked, str, str]]:
    """Each request, and what the two evaluators say."""
    distinct = list(
        {json.dumps([each.action, each.resource, each.context], sort_keys=True): each for each in asked}.values()
    )
    parsed = replay.parsed(documents)
    said = replay.theirs(documents, distinct)
    mine = [replay.ours(parsed, each) for each in distinct]
    return [
        (each, ours, ours if _unknown_to_them(each, theirs) else theirs)
        for each, ours, theirs in zip(distinct, mine, said, strict=True)
    ]


def _unknown_to_them(asked: Asked, said: str) -> bool:
    action, resource, answer = UNKNOWN_TO_THEM
    return asked.action.startswith(action) and asked.resource.startswith(resource) and said == answer


def requests(run: record.Run) -> Iterator[Asked]:
    """What the learner's own calls ask for, in order."""
    account, own = Account(), run.calls[0].key
    for call in run.calls:
        if call.key == own:  # others are a role's that a cell has become
            yield from account.asked(call.service, call.operation, call.parameters, call.region)
            if not call.error:
                account.happened(call.service, call.operation, call.parameters)


# All that the course asks for ---------------------------------------------------------------------------------------


@NOTEBOOKS
def test_everything_that_a_notebook_calls_is_allowed(name: str, documents: list[Any]) -> None:
    asked = list(requests(record.of_notebook(name)))
    assert len(asked) > 20
    expected = {each.action for each in asked if (name, each.action) in REFUSED_IN_CLASS}
    refused = [each for each in decisions(documents, asked) if each[1:] != ("Allowed", "Allowed")]
    unexpected = [
        (each.action, each.resource, ours, theirs) for each, ours, theirs in refused if each.action not in expected
    ]
    assert unexpected == []
    assert {each.action for each, _, _ in refused} == expected


@NOTEBOOKS
def test_every_request_is_one_that_awss_model_allows(name: str) -> None:
    models = get_session()
    for call in record.of_notebook(name).calls:
        shape = models.get_service_model(call.service).operation_model(call.operation).input_shape
        if shape is not None and call.error not in ("ValidationException", "InvalidParameterValueException"):
            assert list(violations(shape, _as_sent(shape, call.parameters))) == [], f"{call.service}:{call.operation}"


def _as_sent(shape: Any, value: Any) -> Any:
    """Bytes are only counted in a record: their place is taken by base64, as it travels."""
    if shape.type_name == "blob":
        return ""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: _as_sent(shape.members[name], inner) for name, inner in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_as_sent(shape.member, inner) for inner in value]
    return value


@NOTEBOOKS
def test_functions_live_with_what_the_boundary_leaves_them(name: str) -> None:
    """The exercises' checks pass as they do without it, where they do not ask about boundaries."""
    for exercise, said in record.of_notebook(name).outputs.items():
        assert said.startswith("Correct: "), f"{exercise}: {said}"


def test_clean_up_is_allowed(documents: list[Any]) -> None:
    """Of one thing of each kind that the chapters create."""
    run = record.of_cells(EVERYTHING, CLEAN)
    asked = list(requests(run))
    deleted = {each.action for each in asked if "Delete" in each.action}
    assert deleted >= {
        *("lambda:DeleteFunction", "lambda:DeleteLayerVersion", "iam:DeleteRole", "iam:DeleteRolePolicy"),
        *(
            "s3:DeleteBucket",
            "s3:DeleteObjectVersion",
            "sqs:DeleteQueue",
            "dynamodb:DeleteTable",
            "logs:DeleteLogGroup",
        ),
    }
    refused = [each for each in decisions(documents, asked) if each[1:] != ("Allowed", "Allowed")]
    assert [(each.action, each.resource, ours, theirs) for each, ours, theirs in refused] == []


EVERYTHING = """
import boto3, lambdalab, pathlib
lab = lambdalab.start()
pathlib.Path("app.py").write_text("def handler(event, context): print('here')")
log = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
role = lab.role("left-over", {"Version": "2012-10-17", "Statement": [log]})
aws_lambda = boto3.client("lambda")
code = {"ZipFile": lab.package("app.py")}
aws_lambda.create_function(FunctionName="left-over", Runtime="python3.13", Role=role, Handler="app.handler", Code=code)
aws_lambda.invoke(FunctionName="left-over")
lab.settle()
aws_lambda.publish_layer_version(LayerName="base", Content=code)
boto3.client("dynamodb").create_table(
    TableName="counters", BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
)
boto3.client("s3").create_bucket(Bucket="shop-123456789012")
boto3.client("s3").put_object(Bucket="shop-123456789012", Key="thing", Body=b"x")
boto3.client("sqs").create_queue(QueueName="large-orders")
"""
CLEAN = """
import sitecustomize
kinds = sitecustomize.clean()
assert {"function", "layer", "table", "bucket", "queue", "log-group", "role"} <= set(kinds), kinds
assert not boto3.client("lambda").list_functions()["Functions"]
"""


# Nothing else -------------------------------------------------------------------------------------------------------


def account() -> Account:
    """An account with things of ada's, and of others."""
    there = Account()
    bob = {**MARKS, "lambdalab:learner": "bob"}
    for name, tags in (("hers", MARKS), ("bobs", bob), ("nobodys", {})):
        there.happened("lambda", "CreateFunction", {"FunctionName": name, "Tags": tags})
        role = {"RoleName": name, "Path": PATH, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
        there.happened("iam", "CreateRole", {**role, "PermissionsBoundary": BOUNDARY})
    there.happened("iam", "CreateRole", {"RoleName": "free", "Path": PATH, "Tags": TAGS})
    there.happened("iam", "CreateRole", {"RoleName": "admin", "Path": "/"})
    return there


CREATE = {
    "FunctionName": "new",
    "Runtime": "python3.13",
    "Role": f"{ROLE}hers",
    "Handler": "app.handler",
    "Tags": MARKS,
}
NEW_ROLE = {"RoleName": "new", "Path": PATH, "Tags": TAGS, "PermissionsBoundary": BOUNDARY}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

ALLOWED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "create a function": ("lambda", "CreateFunction", CREATE),
    "delete one's own function": ("lambda", "DeleteFunction", {"FunctionName": "hers"}),
    "invoke a version of one's own": ("lambda", "Invoke", {"FunctionName": "hers:1"}),
    "ask whether a function is there": ("lambda", "GetFunction", {"FunctionName": "nowhere"}),
    "create a role": ("iam", "CreateRole", NEW_ROLE),
    "write a policy of it": ("iam", "PutRolePolicy", {"RoleName": "hers", "PolicyName": "p"}),
    "attach the policy for logs": ("iam", "AttachRolePolicy", {"RoleName": "hers", "PolicyArn": BASIC}),
}

OUTSIDE: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a function without tags": ("lambda", "CreateFunction", {**CREATE, "Tags": {}}, REGION),
    "a function in another's name": (
        *("lambda", "CreateFunction"),
        *({**CREATE, "Tags": {**MARKS, "lambdalab:learner": "bob"}}, REGION),
    ),
    "a function in another region": ("lambda", "CreateFunction", CREATE, "eu-west-1"),
    "a list in another region": ("lambda", "ListFunctions", {}, "eu-west-1"),
    "a function with another's role": (
        *("lambda", "CreateFunction", {**CREATE, "Role": f"arn:aws:iam::{ACCOUNT}:role/admin"}, REGION),
    ),
    "a role for one's function that is not the course's": (
        *("lambda", "UpdateFunctionConfiguration"),
        *({"FunctionName": "hers", "Role": f"arn:aws:iam::{ACCOUNT}:role/admin"}, REGION),
    ),
    "delete another's function": ("lambda", "DeleteFunction", {"FunctionName": "bobs"}, REGION),
    "delete a function of nobody": ("lambda", "DeleteFunction", {"FunctionName": "nobodys"}, REGION),
    "invoke another's function": ("lambda", "Invoke", {"FunctionName": "bobs"}, REGION),
    "invoke another's alias": ("lambda", "Invoke", {"FunctionName": "bobs:live"}, REGION),
    "read another's code": ("lambda", "GetFunction", {"FunctionName": "bobs"}, REGION),
    "change another's code": ("lambda", "UpdateFunctionCode", {"FunctionName": "bobs"}, REGION),
    "tag another's function as one's own": (
        *("lambda", "TagResource", {"Resource": f"{FUNCTION}bobs", "Tags": MARKS}, REGION),
    ),
    "let everybody invoke one's function": (
        *("lambda", "AddPermission", {"FunctionName": "hers", "Action": "lambda:InvokeFunction", "Principal": "*"}),
        REGION,
    ),
    "let another account invoke one's function": (
        *("lambda", "AddPermission"),
        *({"FunctionName": "hers", "Action": "lambda:InvokeFunction", "Principal": "999999999999"}, REGION),
    ),
    "a public function URL": (
        "lambda",
        "CreateFunctionUrlConfig",
        {"FunctionName": "hers", "AuthType": "NONE"},
        REGION,
    ),
    "a stream that costs by the hour": ("kinesis", "CreateStream", {"StreamName": "clicks"}, REGION),
    "a layer with another name": ("lambda", "PublishLayerVersion", {"LayerName": "shared-tools"}, REGION),
    "delete another layer": ("lambda", "DeleteLayerVersion", {"LayerName": "shared-tools", "VersionNumber": 1}, REGION),
    "share a layer": ("lambda", "AddLayerVersionPermission", {"LayerName": "base", "VersionNumber": 1}, REGION),
    "a role without the boundary": (
        *("iam", "CreateRole", {key: value for key, value in NEW_ROLE.items() if key != "PermissionsBoundary"}, REGION),
    ),
    "a role with another boundary": ("iam", "CreateRole", {**NEW_ROLE, "PermissionsBoundary": ADMIN}, REGION),
    "a role with a boundary of one's own making": (
        *("iam", "CreateRole"),
        *({**NEW_ROLE, "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy{PATH}lambdalab-boundary"}, REGION),
    ),
    "a role with another path": ("iam", "CreateRole", {**NEW_ROLE, "Path": "/"}, REGION),
    "a role in another's name": ("iam", "CreateRole", {**NEW_ROLE, "Tags": []}, REGION),
    "a policy for a role without the boundary": (
        "iam",
        "PutRolePolicy",
        {"RoleName": "free", "PolicyName": "p"},
        REGION,
    ),
    "a policy for another's role": ("iam", "PutRolePolicy", {"RoleName": "bobs", "PolicyName": "p"}, REGION),
    "a policy for a role elsewhere": ("iam", "PutRolePolicy", {"RoleName": "admin", "PolicyName": "p"}, REGION),
    "an administrator's policy": ("iam", "AttachRolePolicy", {"RoleName": "hers", "PolicyArn": ADMIN}, REGION),
    "take the boundary off": ("iam", "DeleteRolePermissionsBoundary", {"RoleName": "hers"}, REGION),
    "put another boundary on": (
        *("iam", "PutRolePermissionsBoundary", {"RoleName": "hers", "PermissionsBoundary": ADMIN}, REGION),
    ),
    "rewrite the boundary": ("iam", "CreatePolicyVersion", {"PolicyArn": BOUNDARY, "PolicyDocument": "{}"}, REGION),
    "delete the boundary": ("iam", "DeletePolicy", {"PolicyArn": BOUNDARY}, REGION),
    "who may become a role": ("iam", "UpdateAssumeRolePolicy", {"RoleName": "hers", "PolicyDocument": "{}"}, REGION),
    "delete another's role": ("iam", "DeleteRole", {"RoleName": "bobs"}, REGION),
    "a user": ("iam", "CreateUser", {"UserName": "eve", "Path": PATH, "Tags": TAGS}, REGION),
    "an access key": ("iam", "CreateAccessKey", {"UserName": "admin"}, REGION),
    "a policy of one's own": ("iam", "PutUserPolicy", {"UserName": "ada", "PolicyName": "p"}, REGION),
    "a group": ("iam", "AddUserToGroup", {"UserName": "ada", "GroupName": "admins"}, REGION),
    "become an administrator": ("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}, REGION),
    "become somebody in another account": (
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:aws:iam::999999999999:role/admin"},
        REGION,
    ),
    "another bucket": ("s3", "CreateBucket", {"Bucket": "films"}, REGION),
    "another account's shop": ("s3", "GetObject", {"Bucket": "shop-999999999999", "Key": "orders/monday.json"}, REGION),
    "a bucket's policy": ("s3", "PutBucketPolicy", {"Bucket": f"shop-{ACCOUNT}", "Policy": "{}"}, REGION),
    "another table": ("dynamodb", "Scan", {"TableName": "payroll"}, REGION),
    "another queue": (
        "sqs",
        "DeleteQueue",
        {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/payroll"},
        REGION,
    ),
    "another log": ("logs", "DeleteLogGroup", {"logGroupName": "/aws/codebuild/secret"}, REGION),
    "logs in another region": ("logs", "DeleteLogGroup", {"logGroupName": "/aws/lambda/x"}, "eu-west-1"),
    "a secret": ("ssm", "GetParameter", {"Name": "/prod/password"}, REGION),
    "a machine": ("ec2", "RunInstances", {}, REGION),
}


DIAGRAM: tuple[tuple[str, str, dict[str, Any]], ...] = (
    # What lab.diagram() asks about things of the course, one of each kind.
    ("lambda", "GetFunctionConfiguration", {"FunctionName": "hers"}),
    ("lambda", "ListAliases", {"FunctionName": "hers"}),
    ("lambda", "ListFunctionUrlConfigs", {"FunctionName": "hers"}),
    ("lambda", "ListFunctionEventInvokeConfigs", {"FunctionName": "hers"}),
    ("lambda", "ListEventSourceMappings", {}),
    ("apigateway", "GetRestApi", {"restApiId": "a1b2c3d4e5"}),
    ("apigateway", "GetResources", {"restApiId": "a1b2c3d4e5"}),
    ("apigatewayv2", "GetRoutes", {"ApiId": "a1b2c3d4e5"}),
    ("s3", "GetBucketNotificationConfiguration", {"Bucket": f"shop-{ACCOUNT}"}),
    ("sns", "ListSubscriptionsByTopic", {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:news"}),
    ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:news:0a1b"}),
    ("events", "DescribeRule", {"Name": "orders"}),
    ("events", "ListTargetsByRule", {"Rule": "orders"}),
    ("scheduler", "GetSchedule", {"Name": "nightly", "GroupName": "default"}),
    ("logs", "DescribeSubscriptionFilters", {"logGroupName": "/aws/lambda/hers"}),
    ("sqs", "GetQueueUrl", {"QueueName": "orders"}),
    ("sqs", "GetQueueAttributes", {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"}),
)


def test_a_learner_may_see_how_things_are_wired(documents: list[Any]) -> None:
    asked = [each for call in DIAGRAM for each in account().asked(*call)]
    refused = [each for each in decisions(documents, asked) if each[1:] != ("Allowed", "Allowed")]
    assert [(each.action, each.resource, ours, theirs) for each, ours, theirs in refused] == []


@pytest.mark.parametrize("case", ALLOWED)
def test_a_learner_may(case: str, documents: list[Any]) -> None:
    service, operation, parameters = ALLOWED[case]
    for asked, ours, theirs in decisions(documents, account().asked(service, operation, parameters)):
        assert (ours, theirs) == ("Allowed", "Allowed"), asked


@pytest.fixture(scope="module")
def outside(documents: list[Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """What both evaluators say to each request of each case: asked together, because each question starts Node.js."""
    asked = [(case, each) for case, (*call, region) in OUTSIDE.items() for each in account().asked(*call, region)]
    said = replay.theirs(documents, [each for _, each in asked])
    parsed = replay.parsed(documents)
    return {
        (case, f"{each.action} {each.resource}"): (replay.ours(parsed, each), other)
        for (case, each), other in zip(asked, said, strict=True)
    }


@pytest.mark.parametrize("case", OUTSIDE)
def test_a_learner_may_not(case: str, outside: dict[tuple[str, str], tuple[str, str]]) -> None:
    said = [decided for (of, _), decided in outside.items() if of == case]
    assert all(ours == theirs for ours, theirs in said), said
    assert any(ours in ("ExplicitlyDenied", "ImplicitlyDenied") for ours, _ in said), said


@pytest.mark.parametrize("service", ["ec2", "s3", "ecs-tasks", "states", "glue", "cloudformation"])
def test_a_role_is_passed_to_lambda_only(service: str, documents: list[Any]) -> None:
    """Also where another service would take it: then the role's permissions would be the learner's, elsewhere."""
    asked = Asked(
        "iam:PassRole", f"{ROLE}hers", {"iam:passedtoservice": f"{service}.amazonaws.com", "aws:username": "ada"}
    )
    ((_, ours, theirs),) = decisions(documents, [asked])
    assert (ours, theirs) == ("ImplicitlyDenied", "ImplicitlyDenied")


# The documents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(record.BOUNDARY.parent.glob("*.json")), ids=lambda path: path.stem)
def test_iam_takes_the_documents(file: Any) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    assert len(json.dumps(document, separators=(",", ":"))) <= LIMIT
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)
    for statement in document["Statement"]:
        assert "NotAction" not in statement or statement["Effect"] == "Deny"
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for resource in resources:  # IAM takes variables behind the fifth colon only
            assert "${" not in ":".join(resource.replace("${aws:", "${").split(":")[:5])


def test_a_permission_that_nothing_uses_is_not_given(documents: list[Any]) -> None:
    """What no notebook and no clean-up asks for stands in no policy."""
    runs = [record.of_notebook(name) for name in record.NOTEBOOKS] + [record.of_cells(EVERYTHING, CLEAN)]
    used = {asked.action for run in runs for asked in requests(run)} | ASKED_ON_AWS
    used |= {asked.action for call in DIAGRAM for asked in account().asked(*call)}
    given = {
        action
        for document in documents
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert given - used == set()


ASKED_ON_AWS = {
    "iam:ListAccountAliases",  # by the checks before the first call
    "lambda:InvokeFunctionUrl",  # by a signed request to a function URL, which is no call of an SDK
    "lambda:ListTags",  # GetFunction tells tags to those only who may list them
}


def test_the_boundary_leaves_what_functions_do_and_no_more() -> None:
    runs = [record.of_notebook(name) for name in record.NOTEBOOKS]
    used = {action for run in runs for action, _ in run.used}
    boundary = json.loads(record.BOUNDARY.read_text(encoding="utf-8"))
    given = {
        action
        for statement in boundary["Statement"]
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert given == used | ASKED_BY_MAPPINGS_ON_AWS


ASKED_BY_MAPPINGS_ON_AWS = {
    # What Lambda asks of a role that reads a queue or a stream; the lab reads without.
    "kinesis:DescribeStreamSummary",
    "kinesis:ListShards",
    "sqs:GetQueueAttributes",
}
