"""Lambda as boto3 sees it: create, update, invoke, delete, and what goes wrong."""

from __future__ import annotations

import base64
import io
import json
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.lambdalab.packages import allowing, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, code and message of the error that the call must answer."""
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    status: int = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


# Create, update, delete -------------------------------------------------------------------------------------------


def test_a_created_function_runs(create: Maker, invoke: Maker) -> None:
    made = create(ECHO, Description="says it again")
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:hello"
    assert (made["FunctionName"], made["Handler"], made["Runtime"]) == ("hello", "app.handler", "python3.13")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert invoke(event={"name": "Ada"}) == {"name": "Ada"}


def test_the_answer_to_an_invocation_has_status_version_and_request_id(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return context.aws_request_id")
    response = aws_lambda.invoke(FunctionName="hello", Payload=b"{}")
    assert response["StatusCode"] == 200
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response
    assert "LogResult" not in response
    assert json.loads(response["Payload"].read()) == response["ResponseMetadata"]["RequestId"]


def test_a_function_is_named_by_name_arn_or_partial_arn(create: Maker, invoke: Maker) -> None:
    arn = create(ECHO)["FunctionArn"]
    for name in ("hello", arn, "123456789012:function:hello"):
        assert invoke(name, 1) == 1


def test_updated_code_runs_at_the_next_invocation(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    before = create("def handler(event, context): return 'old'")
    assert invoke() == "old"
    after = aws_lambda.update_function_code(
        FunctionName="hello", ZipFile=zipped({"app.py": "def handler(event, context): return 'new'"})
    )
    assert after["CodeSha256"] != before["CodeSha256"]
    assert invoke() == "new"


def test_updated_configuration_starts_a_new_environment(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(
        "import os\nn = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return [n, os.environ.get('AB')]"
    )
    assert [invoke(), invoke()] == [[1, None], [2, None]]
    aws_lambda.update_function_configuration(FunctionName="hello", Environment={"Variables": {"AB": "b"}})
    assert invoke() == [1, "b"]


def test_a_deleted_function_is_gone(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    assert aws_lambda.delete_function(FunctionName="hello")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(lambda: aws_lambda.get_function(FunctionName="hello"))[:2] == (404, "ResourceNotFoundException")


def test_a_function_created_again_starts_cold(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    counting = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n"
    create(counting)
    assert [invoke(), invoke()] == [1, 2]
    aws_lambda.delete_function(FunctionName="hello")
    create(counting)
    assert invoke() == 1


def test_two_functions_cannot_have_one_name(create: Maker) -> None:
    create(ECHO)
    status, code, message = refusal(lambda: create(ECHO))
    assert (status, code) == (409, "ResourceConflictException")
    assert "Function already exist: hello" in message


def test_a_role_must_exist(create: Maker) -> None:
    status, code, _ = refusal(lambda: create(ECHO, Role="arn:aws:iam::123456789012:role/nobody"))
    assert (status, code) == (400, "InvalidParameterValueException")


def _encrypted() -> bytes:
    data = bytearray(zipped({"app.py": "x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _no_files() -> bytes:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return buffer.getvalue()


NOT_UNZIPPED = "Could not unzip uploaded file. Please check your file, then try to upload again."
BAD_ZIPS = {
    "source text": (b"def handler(event, context): pass", NOT_UNZIPPED),
    "half a zip": (zipped({"app.py": "x" * 500})[:-40], NOT_UNZIPPED),
    "an encrypted zip": (_encrypted(), NOT_UNZIPPED),
    "an empty zip": (_no_files(), "Uploaded file must be a non-empty zip"),
}


@pytest.mark.parametrize("case", BAD_ZIPS)
def test_a_bad_zip_creates_nothing(create: Maker, aws_lambda: Any, case: str) -> None:
    data, message = BAD_ZIPS[case]
    assert refusal(lambda: create(Code={"ZipFile": data})) == (400, "InvalidParameterValueException", message)
    assert aws_lambda.list_functions()["Functions"] == []


@pytest.mark.parametrize("case", BAD_ZIPS)
def test_a_bad_zip_leaves_the_function_as_it_was(create: Maker, invoke: Maker, aws_lambda: Any, case: str) -> None:
    create(ECHO)
    data, message = BAD_ZIPS[case]
    assert refusal(lambda: aws_lambda.update_function_code(FunctionName="hello", ZipFile=data)) == (
        400,
        "InvalidParameterValueException",
        message,
    )
    assert invoke(event="still here") == "still here"


def test_code_may_come_from_s3(create: Maker, invoke: Maker, client: Maker) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="hello.zip", Body=zipped({"app.py": ECHO}))
    create(Code={"S3Bucket": "code", "S3Key": "hello.zip"})
    assert invoke(event=[1]) == [1]


def test_a_bad_zip_from_s3_is_refused_and_changes_nothing(
    create: Maker, invoke: Maker, client: Maker, aws_lambda: Any
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="bad.zip", Body=b"no zip")
    code = {"S3Bucket": "code", "S3Key": "bad.zip"}
    expected = (400, "InvalidParameterValueException", NOT_UNZIPPED)
    assert refusal(lambda: create(Code=code)) == expected
    create(ECHO)
    assert refusal(lambda: aws_lambda.update_function_code(FunctionName="hello", **code)) == expected
    assert invoke(event="still here") == "still here"


# Invoke -----------------------------------------------------------------------------------------------------------


def test_a_function_that_raises_answers_200_with_function_error(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return 1 / 0")
    response = aws_lambda.invoke(FunctionName="hello")
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    document = json.loads(response["Payload"].read())
    assert (document["errorType"], document["errorMessage"]) == ("ZeroDivisionError", "division by zero")


def test_a_missing_handler_shows_when_it_is_invoked(create: Maker, aws_lambda: Any) -> None:
    create("def main(event, context): pass")
    response = aws_lambda.invoke(FunctionName="hello")
    assert response["FunctionError"] == "Unhandled"
    assert json.loads(response["Payload"].read())["errorType"] == "Runtime.HandlerNotFound"


def test_the_log_tail_comes_with_the_answer(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): print('seen')")
    response = aws_lambda.invoke(FunctionName="hello", LogType="Tail")
    log = base64.b64decode(response["LogResult"]).decode().split("\n")
    request_id = response["ResponseMetadata"]["RequestId"]
    assert log[:3] == [f"START RequestId: {request_id} Version: $LATEST", "seen", f"END RequestId: {request_id}"]
    assert log[3].startswith(f"REPORT RequestId: {request_id}\tDuration: ")


def test_a_dry_run_answers_204_and_runs_nothing(create: Maker, aws_lambda: Any, client: Maker) -> None:
    create("def handler(event, context): print('ran')")
    response = aws_lambda.invoke(FunctionName="hello", InvocationType="DryRun")
    assert response["StatusCode"] == 204
    assert response["Payload"].read() == b""
    assert client("logs").describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize("kind", ["RequestResponse", "DryRun", "Event"])
def test_a_function_that_does_not_exist_cannot_be_invoked(aws_lambda: Any, kind: str) -> None:
    assert refusal(lambda: aws_lambda.invoke(FunctionName="nobody", InvocationType=kind)) == (
        404,
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody",
    )


def test_the_qualifier_names_a_version_or_an_alias(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return ['first', context.function_version]")
    aws_lambda.publish_version(FunctionName="hello")
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    aws_lambda.update_function_code(
        FunctionName="hello",
        ZipFile=zipped({"app.py": "def handler(event, context): return ['second', context.function_version]"}),
    )
    assert invoke() == ["second", "$LATEST"]
    assert invoke(Qualifier="1") == ["first", "1"]
    assert invoke(Qualifier="live") == ["first", "1"]
    assert invoke("hello:1") == ["first", "1"]
    assert aws_lambda.invoke(FunctionName="hello", Qualifier="live")["ExecutedVersion"] == "1"


def test_a_qualifier_that_does_not_exist_is_refused(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    status, code, message = refusal(lambda: aws_lambda.invoke(FunctionName="hello", Qualifier="99"))
    assert (status, code) == (404, "ResourceNotFoundException")
    assert message == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:hello:99"


NO_JSON = {
    "a word": (b"hello", "Unrecognized token 'hello': was expecting "),
    "Python's own": (b"{'a': 1}", "Unexpected character (''' (code 39))"),
    "half an object": (b'{"a": 1', "Unexpected end-of-input"),
    "a blank": (b"  ", "Unexpected end-of-input"),
    "two values": (b"1 2", ""),
    "no UTF-8": (b'"\xff\xfe"', ""),
    "NaN is none": (b'{"a": NaN}', ""),
}


@pytest.mark.parametrize("case", NO_JSON)
def test_a_payload_that_is_no_json_is_refused(create: Maker, aws_lambda: Any, case: str) -> None:
    create(ECHO)
    payload, complaint = NO_JSON[case]
    status, code, message = refusal(lambda: aws_lambda.invoke(FunctionName="hello", Payload=payload))
    assert (status, code) == (400, "InvalidRequestContentException")
    assert message.startswith("Could not parse request body into json: Could not parse payload into json: ")
    assert complaint in message
    assert "line: 1, column: " in message


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"null", b"1.5", b'"text"', b"true", b' {"a": [1, {"b": null}]} '])
def test_any_json_is_an_event(create: Maker, aws_lambda: Any, payload: bytes) -> None:
    create(ECHO)
    response = aws_lambda.invoke(FunctionName="hello", Payload=payload)
    assert json.loads(response["Payload"].read()) == json.loads(payload)


def test_no_payload_is_an_empty_event(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    assert json.loads(aws_lambda.invoke(FunctionName="hello")["Payload"].read()) == {}


def test_a_payload_over_6_megabytes_is_refused(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return len(event)")
    largest = b'"' + b"x" * (6_291_456 - 2) + b'"'
    assert json.loads(aws_lambda.invoke(FunctionName="hello", Payload=largest)["Payload"].read()) == 6_291_454
    assert refusal(lambda: aws_lambda.invoke(FunctionName="hello", Payload=largest + b" ")) == (
        413,
        "RequestTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )


def test_a_response_over_6_megabytes_is_an_error_of_the_function(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return 'x' * 6_291_556")
    response = aws_lambda.invoke(FunctionName="hello")
    assert response["FunctionError"] == "Unhandled"
    assert json.loads(response["Payload"].read()) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_a_client_context_reaches_the_function(create: Maker, invoke: Maker) -> None:
    create("def handler(event, context): return context.client_context.custom")
    given = base64.b64encode(json.dumps({"custom": {"colour": "rød"}}, indent=2, ensure_ascii=False).encode()).decode()
    assert invoke(ClientContext=given) == {"colour": "rød"}


@pytest.mark.parametrize("context", ["not base64!", base64.b64encode(b"no json").decode()])
def test_a_client_context_that_is_no_json_is_refused(create: Maker, aws_lambda: Any, context: str) -> None:
    create(ECHO)
    status, code, message = refusal(lambda: aws_lambda.invoke(FunctionName="hello", ClientContext=context))
    assert (status, code) == (400, "InvalidRequestContentException")
    assert message.startswith("Client context must be a valid Base64-encoded JSON object")


def test_a_runtime_that_the_lab_does_not_have_is_said(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Runtime="dotnet8")
    status, code, message = refusal(lambda: aws_lambda.invoke(FunctionName="hello"))
    assert (status, code) == (502, "InvalidRuntimeException")
    assert message == (
        "This lab does not run functions of the runtime 'dotnet8'. "
        "It runs: python3.x, nodejsN.x, javaN, provided.al2023."
    )


def test_a_function_calls_aws_with_the_credentials_of_its_role(create: Maker, invoke: Maker) -> None:
    create("import boto3\ndef handler(event, context): return boto3.client('sts').get_caller_identity()['Arn']")
    assert invoke() == "arn:aws:sts::123456789012:assumed-role/role/hello"


def test_a_process_that_a_function_starts_is_refused_by_the_lab_when_it_wants_out(create: Maker, invoke: Maker) -> None:
    child = """
import urllib.error, urllib.request
try:
    urllib.request.urlopen("http://lab-test.example/")
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""
    app = """
import os, subprocess, sys
def handler(event, context):
    done = subprocess.run([sys.executable, "child.py"], capture_output=True, text=True, check=True)
    return [done.stdout, sorted(name for name in os.environ if "PROXY" in name.upper())]
"""
    create({"child.py": child, "app.py": app})
    said, variables = invoke()
    assert said.startswith("403 ")
    assert "The lab blocked a request to http://lab-test.example/." in said
    assert variables == []


def test_a_function_may_invoke_another(lab: Lab, create: Maker, invoke: Maker) -> None:
    create("def handler(event, context): return event * 2", name="double")
    create(
        """
        import boto3, json
        def handler(event, context):
            answer = boto3.client("lambda").invoke(FunctionName="double", Payload=json.dumps(event))
            return json.loads(answer["Payload"].read()) + 1
        """,
        Role=lab.role("caller", allowing("lambda:InvokeFunction")),
    )
    assert invoke(event=20) == 41


def test_first_calls_to_many_services_at_once_are_all_answered(
    lab: Lab, create: Maker, aws_lambda: Any, client: Maker
) -> None:
    """From functions and from threads: none waits for another, none times out, none fails."""
    calls = {
        "sts": "get_caller_identity",
        "s3": "list_buckets",
        "dynamodb": "list_tables",
        "sqs": "list_queues",
        "sns": "list_topics",
        "events": "list_rules",
    }
    create(
        "import boto3\ndef handler(event, context):\n"
        "    getattr(boto3.client(event[0]), event[1])()\n    return 'answered'",
        Timeout=60,
        MemorySize=512,
        Role=lab.role("caller", allowing("*")),
    )
    answers: list[Any] = []

    def from_a_function(call: tuple[str, str]) -> None:
        response = aws_lambda.invoke(FunctionName="hello", Payload=json.dumps(call))
        answers.append(json.loads(response["Payload"].read()))

    def from_a_thread(made: Any, operation: str) -> None:
        getattr(made, operation)()
        answers.append("answered")

    threads = [threading.Thread(target=from_a_function, args=(call,)) for call in list(calls.items())[:3]]
    threads += [threading.Thread(target=from_a_thread, args=(client(name), calls[name])) for name in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["answered"] * 9


# Logs -------------------------------------------------------------------------------------------------------------


def test_log_lines_are_in_cloudwatch_logs(create: Maker, invoke: Maker, client: Maker) -> None:
    create("def handler(event, context): print('order', event)")
    invoke(event=1)
    invoke(event=2)
    logs = client("logs")
    (stream,) = logs.describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"]
    assert stream["logStreamName"].split("/")[-1].startswith("[$LATEST]")
    messages = [event["message"] for event in logs.filter_log_events(logGroupName="/aws/lambda/hello")["events"]]
    assert [message.split()[0] for message in messages] == [
        "INIT_START", "START", "order", "END", "REPORT", "START", "order", "END", "REPORT",
    ]  # fmt: skip
    found = logs.filter_log_events(logGroupName="/aws/lambda/hello", filterPattern='"order 2"')["events"]
    assert [event["message"] for event in found] == ["order 2"]


def test_each_environment_has_a_stream_of_its_own(create: Maker, invoke: Maker, client: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    invoke()
    aws_lambda.update_function_configuration(FunctionName="hello", Timeout=10)
    invoke()
    streams = client("logs").describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"]
    assert len(streams) == 2


def test_the_log_group_outlives_the_function(create: Maker, invoke: Maker, client: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    invoke()
    aws_lambda.delete_function(FunctionName="hello")
    groups = client("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/aws/lambda/hello"]


def test_a_subscription_of_the_log_hands_it_to_a_function_that_logs_and_invokes_in_turn(
    lab: Lab, create: Maker, invoke: Maker, client: Maker
) -> None:
    create("def handler(event, context): print('third', event)", name="third")
    arn = create(
        """
        import base64, boto3, gzip, json
        def handler(event, context):
            data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
            print("second", data["logGroup"])
            boto3.client("lambda").invoke(FunctionName="third", Payload=json.dumps(data["logEvents"][0]["message"]))
        """,
        name="second",
        Role=lab.role("caller", allowing("lambda:InvokeFunction")),
    )["FunctionArn"]
    create("def handler(event, context): print('first')", name="first")
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/first")
    client("lambda").add_permission(
        FunctionName="second", StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com"
    )
    logs.put_subscription_filter(
        logGroupName="/aws/lambda/first", filterName="all", filterPattern="", destinationArn=arn
    )
    assert invoke("first") is None
    lab.settle()

    def said(name: str) -> list[str]:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return [event["message"] for event in events if event["message"].startswith(name)]

    assert said("second")[-1:] == ["second /aws/lambda/first"]
    assert said("third")


# The lab ----------------------------------------------------------------------------------------------------------


def test_reset_empties_the_account(lab: Lab, create: Maker, invoke: Maker, aws_lambda: Any, client: Maker) -> None:
    create(ECHO)
    invoke()
    client("s3").create_bucket(Bucket="things")
    lab.reset()
    assert aws_lambda.list_functions()["Functions"] == []
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    create(ECHO)
    assert invoke(event="again") == "again"


def test_a_role_is_made_once_with_what_it_may_do(lab: Lab, client: Maker) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    arn = lab.role("worker")
    assert arn == "arn:aws:iam::123456789012:role/worker"
    assert lab.role("worker", policy) == arn
    iam = client("iam")
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["AWSLambdaBasicExecutionRole"]
    assert iam.get_role_policy(RoleName="worker", PolicyName="worker")["PolicyDocument"] == policy
    trust = iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize("settings", [{}, {"InvocationType": "Event"}])
def test_a_payload_that_is_nested_too_deeply_is_refused(settings: Any, create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return event")
    with pytest.raises(ClientError) as caught:
        aws_lambda.invoke(FunctionName="hello", Payload=DEEP, **settings)
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert "nesting depth" in caught.value.response["Error"]["Message"]


def test_a_client_context_that_is_nested_too_deeply_is_refused(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return event")
    with pytest.raises(ClientError) as caught:
        aws_lambda.invoke(FunctionName="hello", ClientContext=base64.b64encode(DEEP[99_000:101_000]).decode())
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_what_stands_in_the_event_does_not_say_what_is_invoked(create: Maker, aws_lambda: Any, invoke: Maker) -> None:
    create("def handler(event, context): return [event, context.function_version]", Publish=True)
    event = {"Qualifier": "1", "FunctionName": "nobody", "InvocationType": "Event"}
    assert invoke(event=event) == [event, "$LATEST"]
    events = aws_lambda.invoke_with_response_stream(FunctionName="hello", Payload=json.dumps(event))["EventStream"]
    assert json.loads(next(iter(events))["PayloadChunk"]["Payload"]) == [event, "$LATEST"]
    assert invoke(event={"Qualifier": "nowhere"})[1] == "$LATEST"
