"""InvokeWithResponseStream, as boto3 decodes it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError

from lambdalab.cloud.lambdas.streaming import frame

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"


def streamed(aws_lambda: Any, **settings: Any) -> tuple[Any, bytes, dict[str, Any]]:
    """The response, what its chunks hold together, and what InvokeComplete says."""
    response = aws_lambda.invoke_with_response_stream(**{"FunctionName": "hello", **settings})
    events = list(response["EventStream"])
    assert [next(iter(event)) for event in events[-1:]] == ["InvokeComplete"]
    chunks = [event["PayloadChunk"]["Payload"] for event in events[:-1]]
    return response, b"".join(chunks), events[-1]["InvokeComplete"]


def test_a_frame_is_what_botocore_decodes() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(frame("PayloadChunk", "application/octet-stream", b"\0bytes"))
    (message,) = buffer
    assert message.payload == b"\0bytes"
    assert message.headers[":event-type"] == "PayloadChunk"


def test_the_answer_comes_in_chunks_and_then_its_end(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    response, payload, complete = streamed(aws_lambda, Payload=b'{"name": "Ada"}')
    assert json.loads(payload) == {"name": "Ada"}
    assert complete == {}
    assert (response["StatusCode"], response["ExecutedVersion"]) == (200, "$LATEST")
    assert response["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"


def test_a_streamed_answer_may_be_any_bytes(create: Maker, aws_lambda: Any) -> None:
    source = """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
            stream.write(Buffer.from([0, 255]));
            stream.end("end");
        });
    """
    create({"app.js": source}, Runtime="nodejs22.x")
    assert streamed(aws_lambda)[1] == b"\0\xffend"


def test_the_log_comes_with_the_end(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): print('said')")
    response, _, complete = streamed(aws_lambda, LogType="Tail")
    log = base64.b64decode(complete["LogResult"]).decode()
    assert "said\n" in log
    assert f"START RequestId: {response['ResponseMetadata']['RequestId']}" in log


def test_an_error_is_in_the_end_and_in_no_chunk(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): raise ValueError('no')")
    response, payload, complete = streamed(aws_lambda)
    assert (response["StatusCode"], payload, complete["ErrorCode"]) == (200, b"", "Unhandled")
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "no"


def test_a_version_may_be_asked_for(create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return context.function_version", Publish=True)
    response, payload, _ = streamed(aws_lambda, Qualifier="1")
    assert (response["ExecutedVersion"], json.loads(payload)) == ("1", "1")


def test_a_dry_run_runs_nothing(create: Maker, aws_lambda: Any) -> None:
    create("raise ImportError")
    response = aws_lambda.invoke_with_response_stream(FunctionName="hello", InvocationType="DryRun")
    assert response["StatusCode"] == 204


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ({"FunctionName": "nobody"}, "ResourceNotFoundException"),
        ({"Payload": b"no json"}, "InvalidRequestContentException"),
        ({"Payload": b"\xff"}, "InvalidRequestContentException"),
    ],
)
def test_what_invoke_refuses_is_refused(call: dict[str, Any], code: str, create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    with pytest.raises(ClientError) as caught:
        streamed(aws_lambda, **call)
    assert caught.value.response["Error"]["Code"] == code
