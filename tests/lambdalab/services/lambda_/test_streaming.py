"""InvokeWithResponseStream, as boto3 decodes it."""

from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError

from lambdalab.runtime import InvocationEnded
from lambdalab.services.lambda_.invoke.streaming import frame
from tests.lambdalab.gate import NODE, Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

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


# Piece by piece ---------------------------------------------------------------------------------------------------


@pytest.fixture
def create_streaming(create: Maker) -> Maker:
    """Makes a function for Node.js from the body of a streaming handler."""

    def create_function(body: str, **settings: Any) -> Any:
        source = f"{NODE} exports.handler = awslambda.streamifyResponse(async (event, stream) => {{ {body} }});"
        return create({"app.js": source}, Runtime="nodejs22.x", **settings)

    return create_function


class Ends:
    """Tells when an invocation has ended."""

    def __init__(self, lab: Lab) -> None:
        self.last: InvocationEnded | None = None
        self._came = threading.Semaphore(0)
        lab.engine.subscribe(self._take)

    def _take(self, event: object) -> None:
        if isinstance(event, InvocationEnded):
            self.last = event
            self._came.release()

    def wait(self) -> InvocationEnded:
        assert self._came.acquire(timeout=20)
        assert self.last is not None
        return self.last


TWO = "stream.write('one'); await atGate(event); stream.end('two');"


def test_a_chunk_is_there_before_the_function_goes_on(create_streaming: Maker, aws_lambda: Any) -> None:
    create_streaming(TWO)
    with Gate() as gate:
        response = aws_lambda.invoke_with_response_stream(FunctionName="hello", Payload=str(gate.port))
        assert (response["StatusCode"], response["ExecutedVersion"]) == (200, "$LATEST")
        events = iter(response["EventStream"])
        assert next(events) == {"PayloadChunk": {"Payload": b"one"}}
        gate.open()  # the function has waited for this
        assert list(events) == [{"PayloadChunk": {"Payload": b"two"}}, {"InvokeComplete": {}}]


def test_invoke_gives_the_same_answer_whole(create_streaming: Maker, aws_lambda: Any) -> None:
    create_streaming(TWO)
    with Gate() as gate:
        opener = threading.Thread(target=gate.open)
        opener.start()
        response = aws_lambda.invoke(FunctionName="hello", Payload=str(gate.port))
        opener.join()
    assert response["Payload"].read() == b"onetwo"
    assert "FunctionError" not in response


def test_pythons_answer_is_one_chunk(create: Maker, aws_lambda: Any) -> None:
    """Its managed runtime has no way to stream."""
    create("def handler(event, context): return 'x' * 100_000")
    response = aws_lambda.invoke_with_response_stream(FunctionName="hello")
    assert [list(event) for event in response["EventStream"]] == [["PayloadChunk"], ["InvokeComplete"]]


def test_an_error_in_the_middle_comes_after_the_chunks(create_streaming: Maker, aws_lambda: Any) -> None:
    create_streaming("stream.write('some'); await null; throw new RangeError('torn');")
    response, payload, complete = streamed(aws_lambda, LogType="Tail")
    assert (response["StatusCode"], payload, complete["ErrorCode"]) == (200, b"some", "Unhandled")
    details = json.loads(complete["ErrorDetails"])
    assert (details["errorType"], details["errorMessage"]) == ("RangeError", "torn")
    log = base64.b64decode(complete["LogResult"]).decode()
    assert f"REPORT RequestId: {response['ResponseMetadata']['RequestId']}" in log


def test_a_timeout_in_the_middle_is_told_at_the_end(create_streaming: Maker, aws_lambda: Any) -> None:
    create_streaming("stream.write('some'); await new Promise(() => setInterval(() => {}, 1000));", Timeout=1)
    _, payload, complete = streamed(aws_lambda)
    assert payload == b"some"
    assert json.loads(complete["ErrorDetails"])["errorType"] == "Sandbox.Timedout"
    assert json.loads(complete["ErrorDetails"])["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_a_stream_may_be_larger_than_a_buffered_answer(create_streaming: Maker, aws_lambda: Any) -> None:
    create_streaming("for (let i = 0; i < 10; i++) stream.write(Buffer.alloc(1 << 20, 120)); stream.end();")
    _, payload, complete = streamed(aws_lambda)
    assert (len(payload), complete) == (10 << 20, {})
    assert aws_lambda.invoke(FunctionName="hello")["FunctionError"] == "Unhandled", "over 6 MB, buffered"


def test_what_cannot_run_is_refused_before_anything_is_streamed(create_streaming: Maker, aws_lambda: Any) -> None:
    create_streaming(TWO)
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as caught:
        aws_lambda.invoke_with_response_stream(FunctionName="hello", Payload=b"0")
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"


# Callers who go away ----------------------------------------------------------------------------------------------


def test_a_caller_who_goes_away_does_not_end_the_function(
    lab: Lab, create_streaming: Maker, aws_lambda: Any, invoke: Maker
) -> None:
    """It runs on, knows nothing of it, and is billed; its environment takes the next call."""
    create_streaming(
        "if (event === 0) return stream.end(JSON.stringify(process.pid));"
        "stream.write('one'); await atGate(event); for (let i = 0; i < 99; i++) stream.write('x'.repeat(1e5));"
        "stream.end(); console.log('to the end');"
    )
    pid, ends = invoke(event=0), Ends(lab)
    with Gate() as gate:
        stream = aws_lambda.invoke_with_response_stream(FunctionName="hello", Payload=str(gate.port))["EventStream"]
        assert "PayloadChunk" in next(iter(stream))
        stream.close()
        gate.open()
    assert ends.wait().error_type is None
    assert any("to the end" in getattr(event, "message", "") for event in lab.events())
    assert invoke(event=0) == pid


def test_a_caller_who_does_not_read_holds_the_function_up_until_its_time_is_up(
    lab: Lab, create_streaming: Maker, aws_lambda: Any
) -> None:
    create_streaming("for (let i = 0; i < 64; i++) stream.write(Buffer.alloc(1 << 20)); stream.end();", Timeout=1)
    ends = Ends(lab)
    response = aws_lambda.invoke_with_response_stream(FunctionName="hello", Payload=b"0")
    assert ends.wait().error_type == "Sandbox.Timedout"
    response["EventStream"].close()
