"""Answers that are streamed: each piece is with the caller before the function writes the next."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING

import pytest

from lambdalab.runtime import InvocationEnded
from lambdalab.runtime.runtime_api.protocol import RESPONSE_LIMIT, STREAM_LIMIT, Request, RuntimeApi
from tests.lambdalab.gate import BASH, NODE, Gate

from .conftest import Bench, _engine
from .outcomes import error
from .runtime_api.test_protocol import invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.runtime import Function, Outcome


class Caller:
    """Takes an answer piece by piece; `on_piece` is called when one has come."""

    def __init__(self, on_piece: Callable[[bytes], None] = lambda _: None) -> None:
        self.content_type: str | None = None
        self.pieces: list[bytes] = []
        self.waits: list[float] = []
        self.let_gone = threading.Event()
        self._on_piece = on_piece

    def open(self, content_type: str) -> None:
        assert self.content_type is None
        self.content_type = content_type

    def write(self, data: bytes, wait_s: float) -> None:
        assert self.content_type is not None
        self.pieces.append(data)
        self.waits.append(wait_s)
        self._on_piece(data)

    def let_go(self) -> None:
        self.let_gone.set()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    yield bench
    bench.engine.close()


def node(bench: Bench, body: str, **settings: object) -> Function:
    source = f"{NODE} exports.handler = awslambda.streamifyResponse(async (event, stream) => {{ {body} }});"
    return bench.function({"app.js": source}, runtime="nodejs22.x", **{"timeout_s": 20, **settings})


def bash(bench: Bench, answer: str, **settings: object) -> Function:
    """A custom runtime: `answer` writes the body's chunks and what comes after them to descriptor 3."""
    source = f"""#!/bin/bash
{BASH}
chunk() {{ printf '%x\\r\\n%s\\r\\n' "${{#1}}" "$1" >&3; }}
path=/2018-06-01/runtime/invocation
while true; do
    event=$(curl -s -D "${{TMPDIR:-/tmp}}/headers" "http://$AWS_LAMBDA_RUNTIME_API$path/next")
    id=$(grep -i '^lambda-runtime-aws-request-id:' "${{TMPDIR:-/tmp}}/headers" | tr -d '\\r' | cut -d' ' -f2)
    exec 3<>"/dev/tcp/${{AWS_LAMBDA_RUNTIME_API/://}}"
    printf '%s\\r\\n' "POST $path/$id/response HTTP/1.1" 'Host: lambda' 'Content-Type: text/plain' \\
        'Lambda-Runtime-Function-Response-Mode: streaming' 'Transfer-Encoding: chunked' \\
        'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body' '' >&3
    {answer}
    exec 3>&-
done
"""
    return bench.function({"bootstrap": source}, runtime="provided.al2023", **{"timeout_s": 20, **settings})


def call(bench: Bench, function: Function, event: object, caller: Caller) -> Outcome:
    return bench.engine.invoke(function, json.dumps(event).encode(), stream=caller)


END = r"printf '0\r\n\r\n' >&3; read -r status <&3"

STREAMS: dict[str, Callable[[Bench], Function]] = {
    "Node.js": lambda bench: node(
        bench,
        "stream.setContentType('text/plain'); stream.write('one'); await atGate(event); stream.write('two'); "
        "await atGate(event); stream.end('three');",
    ),
    "a custom runtime": lambda bench: bash(
        bench, f'chunk one; at_gate "$event"; chunk two; at_gate "$event"; chunk three; {END}'
    ),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_each_piece_is_there_before_the_next_is_written(bench: Bench, kind: str) -> None:
    with Gate() as gate:
        # The function waits at the gate after a piece, and the gate opens when that piece has come.
        caller = Caller(lambda data: None if data == b"three" else gate.open())
        outcome = call(bench, STREAMS[kind](bench), gate.port, caller)
    assert caller.pieces == [b"one", b"two", b"three"]
    assert caller.content_type == "text/plain"
    assert (outcome.error, outcome.payload) == (False, b"")


@pytest.mark.parametrize("kind", STREAMS)
def test_without_a_caller_who_takes_pieces_the_answer_is_whole(bench: Bench, kind: str) -> None:
    with Gate() as gate:
        opener = threading.Thread(target=lambda: (gate.open(), gate.open()))
        opener.start()
        outcome = bench.invoke(STREAMS[kind](bench), gate.port)
        opener.join()
    assert (outcome.error, outcome.payload) == (False, b"onetwothree")
    assert outcome.content_type == "text/plain"


def test_a_buffered_answer_is_the_outcomes_also_for_a_caller_who_takes_pieces(bench: Bench) -> None:
    caller = Caller()
    outcome = call(bench, bench.function("def handler(event, context): return event"), "all", caller)
    assert outcome.payload == b'"all"'
    assert (caller.content_type, caller.pieces) == (None, [])


def test_an_environment_that_has_streamed_is_warm(bench: Bench) -> None:
    function = node(bench, "stream.write(String(process.pid)); stream.end();")
    callers = [Caller(), Caller()]
    for caller in callers:
        call(bench, function, None, caller)
    assert callers[0].pieces == callers[1].pieces
    assert len(bench.started(function)) == 1


def test_an_empty_stream_is_opened_and_ends(bench: Bench) -> None:
    caller = Caller()
    outcome = call(bench, node(bench, "stream.end();"), None, caller)
    assert (outcome.error, outcome.payload, b"".join(caller.pieces)) == (False, b"", b"")
    assert caller.content_type is not None


def test_paths_in_a_stream_are_awss(bench: Bench) -> None:
    caller = Caller()
    call(bench, node(bench, "stream.end(__filename);"), None, caller)
    assert caller.pieces == [b"/var/task/app.js"]


# Errors in the middle ---------------------------------------------------------------------------------------------


def test_what_was_streamed_before_an_error_has_come(bench: Bench) -> None:
    caller = Caller()
    function = node(bench, "stream.write('some'); await null; throw new RangeError('torn');")
    outcome = call(bench, function, None, caller)
    assert caller.pieces == [b"some"]
    assert (error(outcome)["errorType"], error(outcome)["errorMessage"]) == ("RangeError", "torn")
    assert outcome.error_type == "RangeError"
    call(bench, function, None, Caller())
    assert len(bench.started(function)) == 1


def test_a_custom_runtime_tells_an_error_in_trailers(bench: Bench) -> None:
    document = "eyJlcnJvclR5cGUiOiAiT29wcyIsICJlcnJvck1lc3NhZ2UiOiAibm8ifQ=="
    trailers = (
        "chunk some; printf '%s\\r\\n' 0 'Lambda-Runtime-Function-Error-Type: Custom.Oops' "
        f"'Lambda-Runtime-Function-Error-Body: {document}' '' >&3; read -r status <&3"
    )
    caller = Caller()
    outcome = call(bench, bash(bench, trailers), None, caller)
    assert caller.pieces == [b"some"]
    assert error(outcome) == {"errorType": "Oops", "errorMessage": "no"}
    assert outcome.error_type == "Custom.Oops"


@pytest.mark.parametrize(
    ("end", "kind", "message"),
    [
        ("kill -9 $$", "Runtime.ExitError", "Runtime exited with error: signal: killed"),
        ("exit 3", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("while :; do :; done", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_a_runtime_that_ends_in_the_middle(bench: Bench, end: str, kind: str, message: str) -> None:
    caller = Caller()
    outcome = call(bench, bash(bench, f"chunk some; {end}", timeout_s=1), None, caller)
    assert caller.pieces == [b"some"]
    assert error(outcome)["errorType"] == kind
    assert error(outcome)["errorMessage"].endswith(message)
    assert bench.engine.environments(outcome_arn(bench)) == []


def outcome_arn(bench: Bench) -> str:
    return next(e.function.arn for e in reversed(bench.events) if isinstance(e, InvocationEnded))


def test_a_runtime_that_lets_go_of_its_answer_and_lives(bench: Bench) -> None:
    caller = Caller()
    function = bash(bench, "chunk some; exec 3>&-")
    outcome = call(bench, function, None, caller)
    assert caller.pieces == [b"some"]
    assert error(outcome)["errorType"] == "Runtime.TruncatedResponse"
    call(bench, function, None, Caller())
    assert len(bench.started(function)) == 1


# The caller -------------------------------------------------------------------------------------------------------


def test_a_caller_is_told_how_long_the_function_may_still_run(bench: Bench) -> None:
    caller = Caller()
    call(bench, node(bench, "stream.write('a'); stream.end('b');"), None, caller)
    assert all(0 < wait <= 20 for wait in caller.waits)
    assert caller.waits == sorted(caller.waits, reverse=True)


def test_closing_the_engine_does_not_wait_for_a_caller(own_processes: Bench) -> None:
    """A caller who takes nothing blocks the thread that invokes; it is let go when the environment is ended."""
    arrived = threading.Event()

    def block(_: bytes) -> None:
        arrived.set()
        assert caller.let_gone.wait(20)

    caller = Caller(block)
    function = node(own_processes, "stream.write('a'); await atGate(event);")
    with Gate() as gate:
        thread = threading.Thread(target=call, args=(own_processes, function, gate.port, caller))
        thread.start()
        assert arrived.wait(20)
        own_processes.engine.close()
        thread.join(20)
    assert not thread.is_alive()


# The Runtime API's side of it -------------------------------------------------------------------------------------

BASE = "/2018-06-01/runtime"
STREAMING = {"lambda-runtime-function-response-mode": "streaming", "content-type": "text/plain"}
HEAD = Request("POST", f"{BASE}/invocation/the-id/response", STREAMING)


def running(caller: Pieces | None = None) -> RuntimeApi:
    api = RuntimeApi()
    api.receive(Request("GET", f"{BASE}/invocation/next"))
    api.dispatch(invocation(), caller)
    return api


class Pieces:
    """Counts what comes."""

    def __init__(self) -> None:
        self.size = 0

    def open(self, content_type: str) -> None:
        pass

    def add(self, data: bytes) -> None:
        self.size += len(data)


@pytest.mark.parametrize(("streamed", "limit"), [(True, STREAM_LIMIT), (False, RESPONSE_LIMIT)])
@pytest.mark.parametrize("over", [0, 1])
def test_a_stream_has_a_limit(streamed: bool, limit: int, over: int) -> None:
    pieces = Pieces() if streamed else None
    api = running(pieces)
    upload = api.open(HEAD)
    megabyte = b"x" * (1 << 20)
    for size in itertools.chain([1 << 20] * (limit >> 20), [limit % (1 << 20) + over]):
        upload.add(megabyte[:size])
    assert (api.answer is not None) == bool(over), "what is too large is over at once"
    reply = upload.end(HEAD)
    assert reply.status == (413 if over else 202)
    assert api.answer is not None
    assert api.answer.error_type == ("Function.ResponseSizeTooLarge" if over else None)
    if pieces:
        assert pieces.size == limit


def test_while_an_answer_is_open_no_other_is_taken() -> None:
    api = running()
    upload = api.open(HEAD)
    for kind in ("response", "error"):
        reply = api.receive(Request("POST", f"{BASE}/invocation/the-id/{kind}", body=b"{}"))
        assert reply is not None
        assert reply.status == 403
    second = api.open(HEAD)
    second.add(b"other")
    assert second.end(HEAD).status == 403
    upload.add(b"one")
    assert upload.end(HEAD).status == 202
    assert api.answer is not None
    assert api.answer.body == b"one"


def test_a_runtime_asks_for_the_next_invocation_when_its_answer_is_whole() -> None:
    api = running()
    upload = api.open(HEAD)
    early = api.receive(Request("GET", f"{BASE}/invocation/next"))
    assert early is not None
    assert early.status == 403
    upload.end(HEAD)
    assert api.receive(Request("GET", f"{BASE}/invocation/next")) is None


def test_a_stream_for_another_invocation_is_refused_and_nobody_sees_it() -> None:
    pieces = Pieces()
    api = running(pieces)
    upload = api.open(Request("POST", f"{BASE}/invocation/other/response", STREAMING))
    upload.add(b"stray")
    upload.tear()
    assert upload.end(HEAD).status == 400
    assert (pieces.size, api.answer) == (0, None)
