"""The Runtime API as a state machine: every state, every request."""

from __future__ import annotations

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lambdalab.runtime.runtime_api.protocol import RESPONSE_LIMIT, Answer, Invocation, Reply, Request, RuntimeApi, State

BASE = "/2018-06-01/runtime"


def invocation(request_id: str = "the-id") -> Invocation:
    return Invocation(request_id, b'{"n": 1}', 1_700_000_000_000, "arn:f", "Root=1-0-0")


def api_in(state: State) -> RuntimeApi:
    """A runtime in this state, brought there as runtimes get there."""
    api = RuntimeApi()
    if state in (State.RESTORE_READY, State.RESTORING):
        api.snap_start = True
        api.receive(REQUESTS["restore next"])
    if state is State.RESTORING:
        api.restore()
    if state is State.FAILED:
        api.receive(Request("POST", f"{BASE}/init/error", body=b"{}"))
    if state in (State.READY, State.RUNNING, State.ANSWERED):
        api.receive(Request("GET", f"{BASE}/invocation/next"))
    if state in (State.RUNNING, State.ANSWERED):
        api.dispatch(invocation())
    if state is State.ANSWERED:
        api.receive(Request("POST", f"{BASE}/invocation/the-id/response", body=b"1"))
    assert api.state is state
    return api


REQUESTS = {
    "next": Request("GET", f"{BASE}/invocation/next"),
    "response": Request("POST", f"{BASE}/invocation/the-id/response", body=b'"done"'),
    "error": Request("POST", f"{BASE}/invocation/the-id/error", body=b'{"errorType": "E"}'),
    "init error": Request("POST", f"{BASE}/init/error", body=b'{"errorType": "E"}'),
    "response of another": Request("POST", f"{BASE}/invocation/another-id/response", body=b"1"),
    "large response": Request("POST", f"{BASE}/invocation/the-id/response", body=b"x" * (RESPONSE_LIMIT + 1)),
    "unknown": Request("GET", f"{BASE}/nothing"),
    "restore next": Request("GET", f"{BASE}/restore/next"),
    "restore error": Request("POST", f"{BASE}/restore/error", body=b'{"errorType": "E"}'),
}
WITHOUT_SNAP_START = [state for state in State if state not in (State.RESTORE_READY, State.RESTORING)]
PARKED, EMPTY, AGAIN = "parked", "an empty body", "the same invocation"
OUT_OF_TURN = (403, "InvalidStateTransition")

# What each request gets in each state, and the state that follows. What is not listed is refused: 403, same state.
TABLE: dict[tuple[State, str], tuple[object, State]] = {
    (State.STARTING, "next"): (PARKED, State.READY),
    (State.READY, "next"): (PARKED, State.READY),
    (State.RUNNING, "next"): (AGAIN, State.RUNNING),
    (State.STARTING, "init error"): (202, State.FAILED),
    (State.RUNNING, "response"): (202, State.ANSWERED),
    (State.RUNNING, "error"): (202, State.ANSWERED),
    (State.RUNNING, "response of another"): ((400, "InvalidRequestID"), State.RUNNING),
    (State.RUNNING, "large response"): ((413, "RequestEntityTooLarge"), State.ANSWERED),
    (State.ANSWERED, "next"): (PARKED, State.READY),
    **{(state, "unknown"): ((404, "ResourceNotFound"), state) for state in State},
    # Without SnapStart there are no restores.
    **{
        (state, f"restore {what}"): ((404, "ResourceNotFound"), state)
        for state in WITHOUT_SNAP_START
        for what in ("next", "error")
    },
    (State.RESTORING, "next"): (PARKED, State.READY),
    (State.RESTORING, "restore error"): (202, State.FAILED),
    (State.RESTORING, "restore next"): (EMPTY, State.RESTORING),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_each_request_in_each_state(state: State, request_name: str) -> None:
    api = api_in(state)
    reply = api.receive(REQUESTS[request_name])
    expected, follows = TABLE.get((state, request_name), (OUT_OF_TURN, state))
    assert api.state is follows
    if expected is PARKED:
        assert reply is None
        return
    assert isinstance(reply, Reply)
    if expected is AGAIN:
        assert reply == invocation().reply()
    elif expected is EMPTY:
        assert (reply.status, reply.body) == (200, b"")
    elif isinstance(expected, tuple):
        assert (reply.status, json.loads(reply.body)["errorType"]) == expected
        assert ("Content-Type", "application/json") in reply.headers
    else:
        assert reply.status == expected
        assert json.loads(reply.body) == {"status": "OK"}


@pytest.mark.parametrize("state", [state for state in State if state is not State.READY])
def test_an_invocation_goes_to_a_ready_runtime_only(state: State) -> None:
    with pytest.raises(RuntimeError, match=f"not ready for an invocation: it is {state.name}"):
        api_in(state).dispatch(invocation())


@pytest.mark.parametrize("state", [state for state in State if state is not State.RESTORE_READY])
def test_only_a_runtime_that_waits_for_a_restore_is_restored(state: State) -> None:
    with pytest.raises(RuntimeError, match=f"does not wait for a restore: it is {state.name}"):
        api_in(state).restore()


def test_with_snap_start_init_ends_in_a_request_for_the_next_restore() -> None:
    api = RuntimeApi()
    api.snap_start = True
    assert api.receive(REQUESTS["restore next"]) is None
    assert api.restore().status == 200
    assert api.receive(REQUESTS["next"]) is None
    assert api.state is State.READY


def test_an_invocation_travels_in_the_headers_that_aws_documents() -> None:
    reply = api_in(State.READY).dispatch(invocation())
    assert reply.status == 200
    assert reply.body == b'{"n": 1}'
    assert dict(reply.headers) == {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": "the-id",
        "Lambda-Runtime-Deadline-Ms": "1700000000000",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:f",
        "Lambda-Runtime-Trace-Id": "Root=1-0-0",
    }


def test_a_runtime_that_asks_again_gets_the_same_invocation() -> None:
    api = api_in(State.READY)
    assert api.dispatch(invocation()) == api.receive(REQUESTS["next"])
    assert api.receive(REQUESTS["response"]) == Reply(202, b'{"status":"OK"}', (("Content-Type", "application/json"),))


def test_a_client_context_over_several_lines_cannot_become_a_header_of_its_own() -> None:
    context = Invocation("the-id", b"{}", 0, "arn:f", "Root=1-0-0", '{"a": 1,\r\nX-Injected: yes}')
    headers = dict(context.reply().headers)
    assert headers["Lambda-Runtime-Client-Context"] == '{"a": 1, X-Injected: yes}'


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        ({"lambda-runtime-function-error-type": "Runtime.Foo"}, b'{"errorType": "Bar"}', "Runtime.Foo"),
        ({}, b'{"errorType": "Bar"}', "Bar"),
        ({}, b'{"errorType": 5}', None),
        ({}, b"[]", None),
        ({}, b"no json", None),
        ({}, b"", None),
        ({}, b"[" * 100_000, None),
    ],
)
def test_an_errors_type_is_taken_from_its_header_or_its_document(
    headers: dict[str, str], body: bytes, kind: str | None
) -> None:
    api = api_in(State.RUNNING)
    api.receive(Request("POST", f"{BASE}/invocation/the-id/error", headers, body))
    assert api.answer == Answer(body, error=True, error_type=kind)


def test_a_response_of_exactly_the_limit_is_taken() -> None:
    api = api_in(State.RUNNING)
    reply = api.receive(Request("POST", f"{BASE}/invocation/the-id/response", body=b"x" * RESPONSE_LIMIT))
    assert reply is not None
    assert reply.status == 202
    assert api.answer is not None
    assert not api.answer.error


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{BASE}/invocation/next"),
        ("GET", f"{BASE}/invocation/the-id/response"),
        ("GET", "/2015-03-31/runtime/invocation/next"),
        ("POST", f"{BASE}/invocation/the-id/other"),
        ("GET", "/"),
        ("GET", ""),
        ("DELETE", f"{BASE}/init/error"),
    ],
)
def test_other_paths_and_methods_do_not_exist(method: str, path: str) -> None:
    reply = RuntimeApi().receive(Request(method, path))
    assert reply is not None
    assert reply.status == 404


class Runtime(RuleBasedStateMachine):
    """Any client, any order: the server keeps its word."""

    def __init__(self) -> None:
        super().__init__()
        self.api = RuntimeApi()
        self.parked = 0
        self.running: str | None = None
        self.accepted: list[str] = []
        self.dispatched = 0

    @rule()
    def asks_for_the_next(self) -> None:
        if self.api.receive(REQUESTS["next"]) is None:
            self.parked = 1  # the newest: a runtime that asks again has given up the one before

    @rule(request_id=st.sampled_from(["0", "1", "2", "3", "wrong"]), kind=st.sampled_from(["response", "error"]))
    def answers(self, request_id: str, kind: str) -> None:
        reply = self.api.receive(Request("POST", f"{BASE}/invocation/{request_id}/{kind}", body=b"{}"))
        assert reply is not None
        if reply.status == 202:
            assert request_id == self.running
            self.accepted.append(request_id)
            self.running = None

    @rule()
    def fails_to_initialise(self) -> None:
        before = self.dispatched
        reply = self.api.receive(REQUESTS["init error"])
        assert reply is not None
        if reply.status == 202:
            assert before == 0

    @rule()
    def asks_for_nonsense(self) -> None:
        reply = self.api.receive(Request("PUT", "/what"))
        assert reply is not None
        assert reply.status == 404

    @precondition(lambda self: self.api.state is State.READY)
    @rule()
    def is_given_work(self) -> None:
        self.running = str(self.dispatched)
        self.api.dispatch(invocation(self.running))
        self.dispatched += 1
        self.parked -= 1

    @invariant()
    def at_most_one_request_is_parked_and_only_while_ready(self) -> None:
        assert self.parked == (1 if self.api.state is State.READY else 0)

    @invariant()
    def each_invocation_is_answered_at_most_once(self) -> None:
        assert len(self.accepted) == len(set(self.accepted))

    @invariant()
    def there_is_an_answer_when_the_runtime_has_spoken(self) -> None:
        if self.api.state in (State.ANSWERED, State.FAILED):
            assert self.api.answer is not None
        if self.api.state in (State.STARTING, State.RUNNING):
            assert self.api.answer is None

    @invariant()
    def a_failed_runtime_stays_failed(self) -> None:
        if self.api.state is State.FAILED:
            assert self.dispatched == 0


TestAnySequenceOfRequests = Runtime.TestCase
TestAnySequenceOfRequests.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
