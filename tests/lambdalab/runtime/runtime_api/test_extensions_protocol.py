"""The Extensions API without I/O: each request in each state, and what AWS's own emulator answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdalab.runtime.runtime_api.extensions import Extension, ExtensionsApi, ExtensionState, is_for_extensions
from lambdalab.runtime.runtime_api.protocol import Invocation, Reply, Request

INVOCATION = Invocation("r-1", b"{}", 1_700_000_000_000, "arn:aws:lambda:us-east-1:123456789012:function:f", "Root=1")


@pytest.fixture
def api() -> ExtensionsApi:
    """One external extension, just started."""
    return ExtensionsApi(function_name="f", function_version="7", handler="app.handler", external=["agent"])


def ask(api: ExtensionsApi, method: str, path: str, body: bytes = b"", **headers: str) -> Reply | Extension:
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return api.receive(Request(method, f"/2020-01-01/extension/{path}", named, body))


def register(api: ExtensionsApi, *events: str, name: str = "agent") -> Reply:
    reply = ask(api, "POST", "register", json.dumps({"events": events}).encode(), Lambda_Extension_Name=name)
    assert isinstance(reply, Reply)
    return reply


def identity(reply: Reply) -> dict[str, str]:
    return {"Lambda_Extension_Identifier": dict(reply.headers)["Lambda-Extension-Identifier"]}


def refused(reply: Reply | Extension) -> tuple[int, str, str]:
    assert isinstance(reply, Reply)
    document: dict[str, Any] = json.loads(reply.body)
    return reply.status, document["errorType"], document["errorMessage"]


def test_who_registers_learns_its_identifier_and_the_function(api: ExtensionsApi) -> None:
    assert not api.all_registered
    reply = register(api, "INVOKE", "SHUTDOWN")
    assert reply.status == 200
    assert json.loads(reply.body) == {"functionName": "f", "functionVersion": "7", "handler": "app.handler"}
    assert identity(reply) == {"Lambda_Extension_Identifier": api.extensions[0].identifier}
    assert api.all_registered
    assert not api.all_ready


def test_a_request_for_the_next_event_is_parked_until_there_is_one(api: ExtensionsApi) -> None:
    me = identity(register(api, "INVOKE"))
    assert ask(api, "GET", "event/next", **me) is api.extensions[0]
    assert api.all_ready
    ((extension, reply),) = api.invoke(INVOCATION)
    assert extension is api.extensions[0]
    assert json.loads(reply.body) == {
        "eventType": "INVOKE",
        "deadlineMs": 1_700_000_000_000,
        "requestId": "r-1",
        "invokedFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1"},
    }
    assert "Lambda-Extension-Event-Identifier" in dict(reply.headers)
    assert not api.all_ready
    assert ask(api, "GET", "event/next", **me) is api.extensions[0]
    assert api.all_ready


def test_only_those_who_registered_for_an_event_receive_it(api: ExtensionsApi) -> None:
    me = identity(register(api, "SHUTDOWN"))
    ask(api, "GET", "event/next", **me)
    assert api.invoke(INVOCATION) == []
    assert api.all_ready
    ((_, reply),) = api.shut_down("spindown", 5)
    assert json.loads(reply.body) == {"eventType": "SHUTDOWN", "deadlineMs": 5, "shutdownReason": "spindown"}


def test_who_is_busy_when_the_end_comes_learns_of_it_at_its_next_request(api: ExtensionsApi) -> None:
    me = identity(register(api, "INVOKE", "SHUTDOWN"))
    ask(api, "GET", "event/next", **me)
    api.invoke(INVOCATION)
    assert api.shut_down("timeout", 5) == []
    reply = ask(api, "GET", "event/next", **me)
    assert isinstance(reply, Reply)
    assert json.loads(reply.body)["shutdownReason"] == "timeout"


def test_an_extension_registers_once(api: ExtensionsApi) -> None:
    register(api)
    identifier = api.extensions[0].identifier
    assert refused(register(api)) == (
        403,
        "Extension.InvalidExtensionState",
        f"State transition from Registered to Registered failed for extension {identifier}. "
        "Error: State transition is not allowed",
    )


def test_an_internal_extension_registers_until_the_runtime_is_ready(api: ExtensionsApi) -> None:
    assert register(api, "INVOKE", name="inside").status == 200
    assert not api.extensions[1].external
    assert refused(register(api, name="inside"))[1:] == (
        "Extension.InvalidExtensionState",
        "Extension with this name already registered",
    )
    api.open_for_registration = False
    assert refused(register(api, name="late"))[1:] == (
        "Extension.RegistrationClosed",
        "Extension registration closed already",
    )


def test_there_are_at_most_ten_extensions(api: ExtensionsApi) -> None:
    for number in range(9):
        assert register(api, name=f"inside-{number}").status == 200
    assert refused(register(api, name="one-more"))[1:] == (
        "Extension.TooManyExtensions",
        "Extension limit (10) reached",
    )


@pytest.mark.parametrize(
    ("name", "body", "kind", "message"),
    [
        ("", b"{}", "Extension.InvalidExtensionName", "Empty extension name"),
        ("agent", b"{", "InvalidRequestFormat", None),
        ("agent", b"[]", "InvalidRequestFormat", None),
        ("agent", b'{"events": "INVOKE"}', "InvalidRequestFormat", None),
        ("agent", b'{"events": ["RESTORE"]}', "Extension.InvalidEventType", "RESTORE: ErrorInvalidEventType"),
        (
            "inside",
            b'{"events": ["SHUTDOWN"]}',
            "Extension.InvalidEventType",
            "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
        ),
    ],
)
def test_what_is_no_registration_is_refused(
    api: ExtensionsApi, name: str, body: bytes, kind: str, message: str | None
) -> None:
    found = refused(ask(api, "POST", "register", body, Lambda_Extension_Name=name))
    assert found[:2] == (403, kind)
    assert message in (None, found[2])
    assert len(api.extensions) == 1


@pytest.mark.parametrize(
    ("headers", "kind", "message"),
    [
        ({}, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"),
        (
            {"Lambda_Extension_Identifier": "me"},
            "Extension.InvalidExtensionIdentifier",
            "Invalid Lambda-Extension-Identifier",
        ),
        (
            {"Lambda_Extension_Identifier": "85083764-ff1e-476f-ada1-d51f26e4f6be"},
            "Extension.UnknownExtensionIdentifier",
            "Unknown extension 85083764-ff1e-476f-ada1-d51f26e4f6be",
        ),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "event/next"), ("POST", "init/error"), ("POST", "exit/error")])
def test_who_asks_must_be_known(
    api: ExtensionsApi, method: str, path: str, headers: dict[str, str], kind: str, message: str
) -> None:
    assert refused(ask(api, method, path, **headers)) == (403, kind, message)


def test_a_second_request_for_the_next_event_is_out_of_turn(api: ExtensionsApi) -> None:
    me = identity(register(api))
    ask(api, "GET", "event/next", **me)
    assert refused(ask(api, "GET", "event/next", **me))[1] == "Extension.InvalidExtensionState"


@pytest.mark.parametrize(
    ("path", "state"), [("init/error", ExtensionState.INIT_ERROR), ("exit/error", ExtensionState.EXIT_ERROR)]
)
def test_an_error_is_accepted_once_and_named_in_the_log(api: ExtensionsApi, path: str, state: ExtensionState) -> None:
    me = identity(register(api, "INVOKE"))
    assert refused(ask(api, "POST", path, **me)) == (
        403,
        "Extension.MissingHeader",
        "Lambda-Extension-Function-Error-Type not found",
    )
    reply = ask(api, "POST", path, Lambda_Extension_Function_Error_Type="Extension.Why", **me)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (202, b'{"status":"OK"}')
    assert api.extensions[0].state is state
    assert api.extensions[0].log_line == (
        f"EXTENSION\tName: agent\tState: {state.value}\tEvents: [INVOKE]\tError Type: Extension.Why"
    )
    again = ask(api, "POST", path, Lambda_Extension_Function_Error_Type="Extension.Why", **me)
    assert refused(again)[1] == "Extension.InvalidExtensionState"


def test_after_its_init_an_extension_reports_no_failed_init(api: ExtensionsApi) -> None:
    me = identity(register(api))
    ask(api, "GET", "event/next", **me)
    reply = ask(api, "POST", "init/error", Lambda_Extension_Function_Error_Type="Extension.Why", **me)
    assert refused(reply)[1] == "Extension.InvalidExtensionState"


def test_the_telemetry_api_is_named_as_missing_and_extensions_go_on(api: ExtensionsApi) -> None:
    for path, name in (("2022-07-01/telemetry", "Telemetry"), ("2020-08-15/logs", "Logs")):
        request = Request("PUT", f"/{path}", {}, b"{}")
        assert is_for_extensions(request)
        assert refused(api.receive(request)) == (202, f"{name}.NotSupported", f"{name} API is not supported")


def test_other_paths_are_not_found(api: ExtensionsApi) -> None:
    assert refused(ask(api, "DELETE", "register"))[:2] == (404, "ResourceNotFound")
    assert not is_for_extensions(Request("GET", "/2018-06-01/runtime/invocation/next"))
