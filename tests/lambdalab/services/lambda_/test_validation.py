"""What Lambda refuses before it does anything, and in which words."""

from __future__ import annotations

import base64
import datetime
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import boto3
import hypothesis
import hypothesis.strategies as st
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambdalab.services.lambda_.api import runtimes
from tests.lambdalab.answers import refusal
from tests.lambdalab.packages import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"
ROLE = "arn:aws:iam::123456789012:role/role"
CODE = {"ZipFile": zipped({"app.py": ECHO})}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"
VALIDATION = (400, "ValidationException")
INVALID = (400, "InvalidParameterValueException")


@pytest.fixture
def unchecked(lab: Lab) -> Any:
    """A client of Lambda that sends what botocore would refuse to send."""
    lab.role("role")
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    return boto3.Session().client("lambda", config=config)


def function(**settings: Any) -> dict[str, Any]:
    return {
        "FunctionName": "hello",
        "Runtime": "python3.13",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": CODE,
        **settings,
    }


def one(value: str, at: str, constraint: str) -> tuple[int, str, str]:
    """The answer to one broken rule of the model."""
    message = (
        f"1 validation error detected: Value {value}at '{at}' failed to satisfy constraint: Member must {constraint}"
    )
    return (*VALIDATION, message)


MODEL = {
    # What is wrong, and what AWS says.
    "too little memory": ({"MemorySize": 64}, one("'64' ", "memorySize", "have value greater than or equal to 128")),
    "too much memory for any function": (
        {"MemorySize": 40_000},
        one("'40000' ", "memorySize", "have value less than or equal to 32768"),
    ),
    "no time": ({"Timeout": 0}, one("'0' ", "timeout", "have value greater than or equal to 1")),
    "too much time": ({"Timeout": 1_801}, one("'1801' ", "timeout", "have value less than or equal to 1800")),
    "a name that is too long": (
        {"FunctionName": "x" * 65},
        one(f"'{'x' * 65}' ", "functionName", "have length less than or equal to 64"),
    ),
    "a handler with blanks": (
        {"Handler": "app handler"},
        one("'app handler' ", "handler", r"satisfy regular expression pattern: [^\s]+"),
    ),
    "a handler that is too long": (
        {"Handler": "x" * 129},
        one(f"'{'x' * 129}' ", "handler", "have length less than or equal to 128"),
    ),
    "a role that is no ARN": (
        {"Role": "role"},
        one(
            "'role' ",
            "role",
            r"satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
    ),
    "a package of no type": (
        {"PackageType": "Tar"},
        one("'Tar' ", "packageType", "satisfy enum value set: [Zip, Image]"),
    ),
    "an architecture that is not there": (
        {"Architectures": ["riscv"]},
        one(
            "'[riscv]' ",
            "architectures",
            "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        ),
    ),
    "two architectures": (
        {"Architectures": ["x86_64", "arm64"]},
        one("'[x86_64, arm64]' ", "architectures", "have length less than or equal to 1"),
    ),
    "no room in /tmp": (
        {"EphemeralStorage": {"Size": 100}},
        one("'100' ", "ephemeralStorage.size", "have value greater than or equal to 512"),
    ),
    "a size that is not said": (
        {"EphemeralStorage": {}},
        one("null ", "ephemeralStorage.size", "not be null"),
    ),
    "a variable with a bad name, whose value stays secret": (
        {"Environment": {"Variables": {"1PASSWORD": "secret"}}},
        (
            *VALIDATION,
            "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must "
            "satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must "
            "not be null]",
        ),
    ),
    "two things": (
        {"MemorySize": 1, "Timeout": -1},
        (
            *VALIDATION,
            "2 validation errors detected: "
            "Value '-1' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1; "
            "Value '1' at 'memorySize' failed to satisfy constraint: "
            "Member must have value greater than or equal to 128",
        ),
    ),
}


ONLY_NEW = [
    "a name that is too long",
    "a package of no type",
    "an architecture that is not there",
    "two architectures",
]
"""What an update of the configuration cannot say."""


@pytest.mark.parametrize("case", MODEL)
def test_a_function_that_breaks_the_models_rules_is_not_created(unchecked: Any, case: str) -> None:
    settings, expected = MODEL[case]
    assert refusal(unchecked.create_function, **function(**settings)) == expected
    assert unchecked.list_functions()["Functions"] == []


ENVIRONMENT = "Lambda was unable to configure your environment variables because the environment variables you have "
MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
QUOTAS = {
    "more memory than a function gets": (
        {"MemorySize": 10_241},
        "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240",
    ),
    "more room in /tmp than a function gets": (
        {"EphemeralStorage": {"Size": 10_241}},
        "'EphemeralStorage.Size' value failed to satisfy constraint: "
        "Member must have value less than or equal to 10240",
    ),
    "too many variables": (
        {"Environment": {"Variables": {"LARGE": "x" * 4_096}}},
        f'{ENVIRONMENT}provided exceeded the 4KB limit. String measured: {{"LARGE":"{"x" * 4096}"}}',
    ),
    "reserved variables": (
        {"Environment": {"Variables": {"AWS_REGION": "eu-west-1", "STAGE": "test", "LAMBDA_TASK_ROOT": "/"}}},
        f"{ENVIRONMENT}provided contains reserved keys that are currently not supported for modification. "
        "Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT",
    ),
    "a retired runtime": (
        {"Runtime": "nodejs14.x"},
        "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions.",
    ),
    "no runtime": ({"Runtime": None}, MANDATORY),
    "no handler": ({"Handler": None}, MANDATORY),
    "no code": ({"Code": {}}, "Please provide a source for function code."),
    "code from two places": (
        {"Code": {**CODE, "S3Bucket": "code", "S3Key": "hello.zip"}},
        "Please do not provide other FunctionCode parameters when providing a ZipFile.",
    ),
    "code from a bucket that is not there": (
        {"Code": {"S3Bucket": "nowhere", "S3Key": "hello.zip"}},
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
        "S3 Error Message: The specified bucket does not exist",
    ),
    "too many tags": (
        {"Tags": {f"key{number}": "" for number in range(51)}},
        "Number of tags exceeds resource tag limit.",
    ),
}


@pytest.mark.parametrize("case", QUOTAS)
def test_a_function_beyond_lambdas_quotas_is_not_created(unchecked: Any, case: str) -> None:
    settings, message = QUOTAS[case]
    request = {name: value for name, value in function(**settings).items() if value is not None}
    assert refusal(unchecked.create_function, **request) == (*INVALID, message)
    assert unchecked.list_functions()["Functions"] == []


def test_an_object_that_is_not_there_is_said(unchecked: Any, client: Maker) -> None:
    client("s3").create_bucket(Bucket="code")
    assert refusal(unchecked.create_function, **function(Code={"S3Bucket": "code", "S3Key": "no.zip"})) == (
        *INVALID,
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    )


def test_the_largest_function_is_created(unchecked: Any) -> None:
    filler = {"LARGE": "x" * (4_096 - len('{"LARGE":""}'))}
    made = unchecked.create_function(
        **function(
            FunctionName="x" * 64,
            MemorySize=10_240,
            Timeout=1_800,
            EphemeralStorage={"Size": 10_240},
            Environment={"Variables": filler},
            Description="x" * 256,
            Tags={f"key{number}": "é" for number in range(50)},
        )
    )
    assert (made["MemorySize"], made["Timeout"]) == (10_240, 1_800)


@pytest.mark.parametrize("runtime", ["python9.9", "python3.15", "custom", "PYTHON3.13"])
def test_an_unknown_runtime_is_refused_with_a_list_of_the_known(unchecked: Any, runtime: str) -> None:
    status, code, message = refusal(unchecked.create_function, **function(Runtime=runtime))
    assert (status, code) == INVALID
    before, _, known = message.partition("[")
    assert before == f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
    assert known.endswith("] or be a valid ARN")
    names = known.removesuffix("] or be a valid ARN").split(", ")
    assert {"python3.13", "nodejs24.x", "provided.al2023", "java25"} <= set(names)
    assert "nodejs14.x" not in names


@pytest.mark.parametrize("case", [case for case in MODEL if case not in ONLY_NEW])
def test_an_update_is_held_to_the_same_rules(unchecked: Any, case: str) -> None:
    settings, expected = MODEL[case]
    unchecked.create_function(**function())
    before = unchecked.get_function_configuration(FunctionName="hello")
    assert refusal(unchecked.update_function_configuration, FunctionName="hello", **settings) == expected
    after = unchecked.get_function_configuration(FunctionName="hello")
    assert after["RevisionId"] == before["RevisionId"]


def test_a_runtime_that_is_closed_for_new_functions_may_be_updated_for_a_while(lab: Lab, unchecked: Any) -> None:
    unchecked.create_function(**function())
    changed = unchecked.update_function_configuration(FunctionName="hello", Runtime="python3.7")
    assert changed["Runtime"] == "python3.7", "closed for new functions since 2024, for updates from March 2027"
    assert refusal(unchecked.update_function_configuration, FunctionName="hello", Runtime="python3.6")[:2] == INVALID
    lab.clock.advance(days=400)
    assert refusal(unchecked.update_function_configuration, FunctionName="hello", Runtime="python3.7")[:2] == INVALID


def test_the_table_of_runtimes_is_that_of_cfn_lint() -> None:
    path = files("cfnlint") / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"
    theirs = json.loads(path.read_text())
    ours = {
        name: {"create-block": created, "update-block": updated}
        for name, (created, updated) in runtimes._BLOCKED.items()
    }
    dated = {name: life for name, life in theirs.items() if life["create-block"]}
    assert ours == {
        name: {when: life[when] for when in ("create-block", "update-block")} for name, life in dated.items()
    }
    assert datetime.date(2026, 1, 1) < runtimes.CHECKED


def test_a_request_that_is_too_large_is_refused(unchecked: Any) -> None:
    code = {"ZipFile": b"x" * 52_700_000}
    assert refusal(unchecked.create_function, **function(Code=code)) == (
        413,
        "RequestEntityTooLargeException",
        "Request must be smaller than 70167211 bytes for the CreateFunction operation",
    )


WRONG_TYPES = {
    "text for a number": ({"MemorySize": "much"}, "STRING_VALUE can not be converted to an Integer"),
    "a number for text": ({"Handler": 5}, "NUMBER_VALUE can not be converted to a String"),
    "text for a switch": ({"Publish": "yes"}, "STRING_VALUE can not be converted to a Boolean"),
    "a switch for a number": ({"Timeout": True}, "TRUE_VALUE can not be converted to an Integer"),
    "a map for text": ({"Handler": {}}, "Start of structure or map found where not expected."),
}


@pytest.mark.parametrize("case", WRONG_TYPES)
def test_json_of_the_wrong_type_cannot_be_read(unchecked: Any, case: str) -> None:
    settings, message = WRONG_TYPES[case]
    body = {**function(Code={"ZipFile": base64.b64encode(CODE["ZipFile"]).decode()}), **settings}
    expected = (400, "SerializationException", message)
    assert refusal(lambda: post(unchecked, json.dumps(body).encode())) == expected


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"&Action=Invoke", b'{"FunctionName": "x"}'])
def test_a_body_that_is_no_request_is_refused(unchecked: Any, body: bytes) -> None:
    status, code, _ = refusal(lambda: post(unchecked, body))
    assert (status, code) in (VALIDATION, (400, "SerializationException"))


def post(client: Any, body: bytes) -> None:
    """CreateFunction with a body of one's own."""

    def replace(request: Any, **_: Any) -> None:
        request.data = body

    client.meta.events.register_first("request-created.lambda.CreateFunction", replace)
    try:
        client.create_function(**function())
    finally:
        client.meta.events.unregister("request-created.lambda.CreateFunction", replace)


def test_a_path_that_is_no_operation_is_not_found(unchecked: Any) -> None:
    def elsewhere(params: Any, **_: Any) -> None:
        params["url"] = params["url"].replace("functions", "nothing")

    unchecked.meta.events.register("before-call.lambda.ListFunctions", elsewhere)
    assert refusal(unchecked.list_functions)[:2] == (404, "UnknownOperationException")


# Whatever is sent ------------------------------------------------------------------------------------------------

NAMES = [
    "hello",
    "hello:1",
    "hello:live",
    "hello:$LATEST",
    "hello:7",
    ARN,
    f"{ARN}:live",
    "nobody",
    "a b",
    "é",
    "x" * 300,
]
RUNS_CODE = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}


def values(shape: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Requests that look like the model's, and break its rules now and then."""
    if name in ("FunctionName", "Resource"):
        return st.sampled_from([*NAMES, ARN])
    match shape.type_name:
        case "structure":
            required = {
                key: values(member, key) for key, member in shape.members.items() if key in shape.required_members
            }
            optional = {key: values(member, key) for key, member in shape.members.items() if key not in required}
            return st.fixed_dictionaries(required, optional=optional)
        case "list":
            return st.lists(values(shape.member), max_size=3)
        case "map":
            return st.dictionaries(values(shape.key), values(shape.value), max_size=3)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 100)
            return st.sampled_from([low, high]) | st.integers(low - 1, high + 1)
        case "float" | "double":
            return st.sampled_from([0.0, 0.5, 1.0, 2.0, -1.0])
        case "blob":
            return st.sampled_from([CODE["ZipFile"], b"", b"no zip"])
        case "timestamp":
            return st.just(datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC))
    texts = st.sampled_from(["", "1", "2", "live", "$LATEST", ROLE, ARN, "app.handler", "x" * 130]) | st.text(
        max_size=8
    )
    return st.sampled_from(shape.enum) | texts if shape.enum else texts


@hypothesis.settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(data=st.data())
def test_whatever_is_sent_the_answer_is_one_of_lambdas(unchecked: Any, data: st.DataObject) -> None:
    model = unchecked.meta.service_model
    operation = model.operation_model(data.draw(st.sampled_from(sorted(set(model.operation_names) - RUNS_CODE))))
    prepare(unchecked)
    request = data.draw(values(operation.input_shape)) if operation.input_shape else {}
    method = next(name for name, api in unchecked.meta.method_to_api_mapping.items() if api == operation.name)
    known = {shape.name for shape in model.error_shapes} | {
        "ValidationException",
        "SerializationException",
        "AccessDeniedException",
        "UnknownOperationException",
        "RequestEntityTooLargeException",
        "NotPartOfThisLab",
    }
    answer: dict[str, Any] = {}
    try:
        getattr(unchecked, method)(**request)
    except ClientError as problem:
        answer = problem.response
    except (BotoCoreError, ValueError):
        return  # botocore could not make a request of it
    code = answer.get("Error", {}).get("Code")
    assert code is None or code in known, f"{method}({request}): {answer}"


def prepare(client: Any) -> None:
    """A function with a version and an alias, if the last example has left none."""
    try:
        client.get_alias(FunctionName="hello", Name="live")
    except ClientError:
        try:
            client.get_function(FunctionName="hello")
        except ClientError:
            client.create_function(**function())
        version = client.publish_version(FunctionName="hello")["Version"]
        client.create_alias(FunctionName="hello", Name="live", FunctionVersion=version)
