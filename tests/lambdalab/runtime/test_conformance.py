"""What a function meets in its execution environment, and what comes back: the same in each kind of environment."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import OWN_PYTHON
from .outcomes import error, lines, report, result
from .sources import COUNTER

if TYPE_CHECKING:
    from .conftest import Bench

LIMIT = 6_291_556


# Results and errors -----------------------------------------------------------------------------------------------


def test_the_result_of_the_handler_comes_back_as_json(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context): return {'hello': event['name']}", {"name": "Ada"})
    assert outcome.payload == b'{"hello": "Ada"}'
    assert not outcome.error
    assert outcome.error_type is None


def test_a_handler_that_returns_nothing_answers_null(bench: Bench) -> None:
    assert bench.run("def handler(event, context): pass").payload == b"null"


def test_unicode_travels_both_ways(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context): print(event); return event + ' 🦊'", "Grüße, 世界")
    assert result(outcome) == "Grüße, 世界 🦊"
    assert lines(outcome) == ["Grüße, 世界"]


def test_an_exception_comes_back_with_type_message_request_id_and_stack_trace(bench: Bench) -> None:
    outcome = bench.run(
        """
        def parse(text):
            raise ValueError(f"no number: {text}")

        def handler(event, context):
            return parse(event)
        """,
        "x",
    )
    document = error(outcome)
    assert document["errorType"] == "ValueError"
    assert document["errorMessage"] == "no number: x"
    assert document["requestId"] == outcome.request_id
    assert document["stackTrace"] == [
        '  File "/var/task/app.py", line 6, in handler\n    return parse(event)\n',
        '  File "/var/task/app.py", line 3, in parse\n    raise ValueError(f"no number: {text}")\n',
    ]
    assert outcome.error_type == "ValueError"


def test_an_exception_is_one_record_of_the_log(bench: Bench) -> None:
    function = bench.function("def handler(event, context): raise KeyError('name')")
    bench.invoke(function)
    (record,) = [record for record in bench.log_of(function) if "KeyError" in record]
    assert record.startswith("[ERROR] KeyError: 'name'\nTraceback (most recent call last):\n")
    assert 'File "/var/task/app.py", line 1, in handler' in record


def test_an_environment_outlives_an_exception(bench: Bench) -> None:
    function = bench.function(
        """
        calls = []
        def handler(event, context):
            calls.append(event)
            if event == "break":
                raise RuntimeError
            return calls
        """
    )
    assert error(bench.invoke(function, "break"))["errorType"] == "RuntimeError"
    assert result(bench.invoke(function, "go on")) == ["break", "go on"]


INIT_ERRORS = {
    "a missing module": (
        "import nothing_here",
        "app.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'nothing_here'",
    ),
    "a missing file": (
        "",
        "other.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'other': No module named 'other'",
    ),
    "a syntax error": (
        "def handler(event, context)\n    pass",
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': expected ':' (app.py, line 1)",
    ),
    "a missing handler": (
        "def main(event, context): pass",
        "app.handler",
        "Runtime.HandlerNotFound",
        "Handler 'handler' missing on module 'app'",
    ),
    "a handler without a dot": (
        "",
        "app",
        "Runtime.MalformedHandlerName",
        "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
    ),
    "a module of Python's own": (
        "",
        "sys.exit",
        "Runtime.BuiltInModuleConflict",
        "Cannot use built-in module sys as a handler module",
    ),
    "an exception of the module": ("raise OSError('no table')", "app.handler", "OSError", "no table"),
}


@pytest.mark.parametrize("case", INIT_ERRORS)
def test_what_goes_wrong_before_the_handler_is_an_error_of_init(bench: Bench, case: str) -> None:
    source, handler, kind, message = INIT_ERRORS[case]
    function = bench.function(source, handler)
    outcome = bench.invoke(function)
    document = error(outcome)
    assert document["errorType"] == kind
    assert document["errorMessage"] == message
    assert outcome.error_type == kind
    phases = [re.sub(r"[\d.]+ ms", "… ms", record) for record in bench.log_of(function) if "INIT_REPORT" in record]
    assert phases == [
        f"INIT_REPORT Init Duration: … ms\tPhase: init\tStatus: error\tError Type: {kind}",
        f"INIT_REPORT Init Duration: … ms\tPhase: invoke\tStatus: error\tError Type: {kind}",
    ]
    assert "Init Duration" not in report(outcome)


def test_an_init_that_succeeds_at_the_second_try_answers_the_invocation(bench: Bench) -> None:
    outcome = bench.run(
        """
        import os, tempfile
        mark = os.path.join(tempfile.gettempdir(), "tried")
        if not os.path.exists(mark):
            open(mark, "w").close()
            raise ConnectionError("not yet")
        def handler(event, context): return "at last"
        """
    )
    assert result(outcome) == "at last"


def test_a_result_that_is_not_json_is_a_marshal_error(bench: Bench) -> None:
    document = error(bench.run("def handler(event, context): return {1, 2}"))
    assert document["errorType"] == "Runtime.MarshalError"
    assert document["errorMessage"] == "Unable to marshal response: Object of type set is not JSON serializable"


def test_a_response_of_the_largest_size_comes_back(bench: Bench) -> None:
    outcome = bench.run(f"def handler(event, context): return 'x' * ({LIMIT} - 2)", memory_mb=512)
    assert len(outcome.payload) == LIMIT
    assert not outcome.error


@pytest.mark.parametrize("size", [LIMIT + 1, 30_000_000])
def test_a_larger_response_is_refused_and_the_environment_is_lost(bench: Bench, size: int) -> None:
    function = bench.function(
        f"""
        first = True
        def handler(event, context):
            if event == "much":
                return "x" * ({size} - 2)
            return "little"
        """,
        memory_mb=512,
    )
    document = error(bench.invoke(function, "much"))
    assert document["errorType"] == "Function.ResponseSizeTooLarge"
    assert document["errorMessage"] == ("Response payload size exceeded maximum allowed payload size (6291556 bytes).")
    again = bench.invoke(function, "little")
    assert result(again) == "little"
    assert again.init_ms is not None


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("3", "Runtime exited with error: exit status 3"),
        ("'no more'", "Runtime exited with error: exit status 1"),
        ("0", "Runtime exited without providing a reason"),
        ("", "Runtime exited without providing a reason"),
    ],
)
def test_a_handler_that_exits_ends_its_runtime(bench: Bench, status: str, message: str) -> None:
    function = bench.function(f"import sys\ndef handler(event, context):\n    print('bye')\n    sys.exit({status})")
    outcome = bench.invoke(function)
    assert error(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: {message}",
    }
    assert lines(outcome)[0] == "bye"
    assert lines(outcome)[-2:] == [f"RequestId: {outcome.request_id} Error: {message}", "Runtime.ExitError"]
    assert report(outcome)["Status"] == "error"
    assert report(outcome)["Error Type"] == "Runtime.ExitError"
    assert len(bench.stopped(function)) == 1


def test_a_module_that_exits_is_an_init_that_failed(bench: Bench) -> None:
    outcome = bench.run("import sys\nsys.exit(4)")
    assert error(outcome)["errorType"] == "Runtime.ExitError"
    assert "exit status 4" in error(outcome)["errorMessage"]


# Time -------------------------------------------------------------------------------------------------------------

ENDLESS = {
    "a loop": "while True: pass",
    "a sleep": "import time; time.sleep(3600)",
    "a sleep imported by name": "sleep(3600)",
    "a loop that prints": "while True: print('on and on')",
}


@pytest.mark.parametrize("body", ENDLESS)
def test_time_runs_out(bench: Bench, body: str) -> None:
    code = ENDLESS[body]
    function = bench.function(
        f"from time import sleep\ndef handler(event, context):\n    print('begun')\n    {code}", timeout_s=0.3
    )
    outcome = bench.invoke(function)
    assert error(outcome) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Task timed out after 0.30 seconds",
    }
    assert lines(outcome)[0] == "begun"
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {outcome.request_id} Task timed out after 0\.30 seconds",
        lines(outcome)[-1],
    )
    assert report(outcome)["Status"] == "timeout"
    assert report(outcome)["Duration"] == "300.00 ms"
    assert len(bench.stopped(function)) == 1


def test_after_a_timeout_the_function_starts_cold(bench: Bench) -> None:
    function = bench.function(
        """
        calls = 0
        def handler(event, context):
            global calls
            calls += 1
            while event == "never":
                pass
            return calls
        """,
        timeout_s=0.5,
    )
    first = bench.invoke(function, "fast")
    second = bench.invoke(function, "never")
    third = bench.invoke(function, "fast")
    assert (result(first), error(second)["errorType"], result(third)) == (1, "Sandbox.Timedout", 1)
    assert third.init_ms is not None


def test_the_module_may_not_take_longer_than_the_function(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Init has its own limit of 10 s; what it did not manage is tried again on the function's time."""
    monkeypatch.setattr("lambdalab.runtime.environment.INIT_LIMIT_S", 0.2)
    function = bench.function("import time\ntime.sleep(3600)", timeout_s=0.3)
    outcome = bench.invoke(function)
    assert error(outcome)["errorType"] == "Sandbox.Timedout"
    reports = [record for record in bench.log_of(function) if "INIT_REPORT" in record]
    assert [record.split("\t")[1:] for record in reports] == [
        ["Phase: init", "Status: timeout"],
        ["Phase: invoke", "Status: timeout"],
    ]


def test_a_sleep_imported_by_name_in_a_warm_function_is_not_cut_by_the_time_of_its_init(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambdalab.runtime.environment.INIT_LIMIT_S", 0.5)
    function = bench.function(
        """
        from time import monotonic, sleep
        born = monotonic()
        def handler(event, context):
            while monotonic() < born + 0.6:
                pass
            sleep(0.01)
            return "woke up"
        """,
        timeout_s=5,
    )
    assert result(bench.invoke(function)) == "woke up"


def test_remaining_time_counts_down_from_the_timeout(bench: Bench) -> None:
    outcome = bench.run(
        """
        def handler(event, context):
            first = context.get_remaining_time_in_millis()
            while context.get_remaining_time_in_millis() == first: pass
            return [first, context.get_remaining_time_in_millis()]
        """,
        timeout_s=7,
    )
    first, second = result(outcome)
    assert 7000 >= first > second > 0


# The log ----------------------------------------------------------------------------------------------------------


def test_the_log_of_a_cold_call_runs_from_start_to_report(bench: Bench) -> None:
    function = bench.function("print('module')\ndef handler(event, context): print('handler')")
    outcome = bench.invoke(function)
    log = bench.log_of(function)
    assert log[0].startswith(f"INIT_START Runtime Version: {OWN_PYTHON}")
    assert log[1:5] == [
        "module",
        f"START RequestId: {outcome.request_id} Version: $LATEST",
        "handler",
        f"END RequestId: {outcome.request_id}",
    ]
    assert log[5].startswith(f"REPORT RequestId: {outcome.request_id}\tDuration: ")
    assert len(log) == 6
    assert outcome.log.split("\n")[0] == "module"


def test_print_logging_and_stderr_keep_their_order(bench: Bench) -> None:
    outcome = bench.run(
        """
        import logging, sys
        logger = logging.getLogger()
        logger.setLevel("INFO")
        def handler(event, context):
            for number in range(50):
                print("print", number)
                logger.info("logging %d", number)
                print("stderr", number, file=sys.stderr)
        """
    )
    seen = [re.sub(r"^\[INFO\]\t\S+\t\S+\t", "", line) for line in lines(outcome)]
    assert seen == [f"{way} {number}" for number in range(50) for way in ("print", "logging", "stderr")]


def test_a_record_of_the_logging_module_has_level_time_and_request_id(bench: Bench) -> None:
    outcome = bench.run("import logging\ndef handler(event, context): logging.warning('low on %s', 'tea')")
    (line,) = lines(outcome)
    assert re.fullmatch(
        rf"\[WARNING\]\t\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z\t{outcome.request_id}\tlow on tea", line
    )


def test_the_root_logger_begins_at_warning_and_keeps_what_the_handler_sets(bench: Bench) -> None:
    function = bench.function(
        """
        import logging
        def handler(event, context):
            logging.info("level is %s", logging.getLogger().level)
            logging.getLogger().setLevel("INFO")
        """
    )
    assert lines(bench.invoke(function)) == []
    assert lines(bench.invoke(function))[0].endswith("level is 20")


def test_one_print_is_one_record_whatever_it_is_made_of(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context): print('a', 1, ['b'], sep=' / ')")
    assert lines(outcome) == ["a / 1 / ['b']"]


def test_a_last_line_without_newline_is_logged(bench: Bench) -> None:
    function = bench.function("def handler(event, context): print('no end', end='')")
    assert lines(bench.invoke(function)) == ["no end"]
    assert lines(bench.invoke(function)) == ["no end"]


def test_a_line_begun_by_print_comes_before_the_record_that_follows(bench: Bench) -> None:
    outcome = bench.run(
        "import logging\ndef handler(event, context):\n    print('begun', end='')\n    logging.error('then')"
    )
    begun, then = lines(outcome)
    assert begun == "begun"
    assert then.endswith("then")


def test_a_line_that_does_not_end_is_cut(bench: Bench) -> None:
    """A log event has a size; and a handler that prints for ever without a newline must not fill the memory."""
    function = bench.function(
        "def handler(event, context):\n    for _ in range(10): print('x' * 100_000, end='')", timeout_s=30
    )
    shown = lines(bench.invoke(function))
    assert "".join(shown) == "x" * 1_000_000
    assert len(shown) > 1
    assert all(len(line) < 2 * (256 << 10) for line in shown)


def test_much_output_arrives_whole(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context):\n    for n in range(5_000): print(f'{n:0>60}')", timeout_s=30)
    assert lines(outcome) == [f"{n:0>60}" for n in range(5_000)]


def test_the_log_tail_is_the_last_4_kilobytes(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context): print('x' * 10_000)")
    assert len(outcome.log_tail) == 4096
    assert outcome.log_tail == outcome.log.encode()[-4096:]


def test_report_shows_the_numbers_of_a_cold_start(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context): pass", memory_mb=256)
    shown = report(outcome)
    assert outcome.init_ms is not None
    assert shown["RequestId"] == outcome.request_id
    assert shown["Duration"] == f"{outcome.duration_ms:.2f} ms"
    assert shown["Init Duration"] == f"{outcome.init_ms:.2f} ms"
    assert shown["Billed Duration"] == f"{math.ceil(outcome.duration_ms + outcome.init_ms)} ms"
    assert outcome.billed_ms == math.ceil(outcome.duration_ms + outcome.init_ms)
    assert shown["Memory Size"] == "256 MB"
    assert shown["Max Memory Used"] == f"{outcome.max_memory_mb} MB"
    assert 1 <= outcome.max_memory_mb <= 256
    assert "Status" not in shown


def test_report_of_a_warm_start_has_no_init(bench: Bench) -> None:
    function = bench.function("def handler(event, context): pass")
    bench.invoke(function)
    outcome = bench.invoke(function)
    assert outcome.init_ms is None
    assert "Init Duration" not in report(outcome)
    assert outcome.billed_ms == math.ceil(outcome.duration_ms)


# The environment --------------------------------------------------------------------------------------------------


def test_a_warm_environment_keeps_globals_and_tmp(bench: Bench) -> None:
    function = bench.function(
        """
        import os, tempfile
        count = 0
        path = os.path.join(tempfile.gettempdir(), "notes")
        def handler(event, context):
            global count
            count += 1
            with open(path, "a+") as file:
                file.write("x")
                file.seek(0)
                return [count, file.read()]
        """
    )
    assert [result(bench.invoke(function)) for _ in range(3)] == [[1, "x"], [2, "xx"], [3, "xxx"]]
    assert len(bench.started(function)) == 1


def test_two_functions_do_not_share_tmp(bench: Bench) -> None:
    source = """
        import os, tempfile
        path = os.path.join(tempfile.gettempdir(), "mine")
        def handler(event, context):
            seen = os.path.exists(path)
            open(path, "w").close()
            return seen
    """
    assert result(bench.run(source)) is False
    assert result(bench.run(source)) is False


@pytest.mark.parametrize("change", [{"revision": "2"}, {"environment": {"STAGE": "prod"}}, {"memory_mb": 256}])
def test_an_updated_function_starts_cold(bench: Bench, change: dict[str, Any]) -> None:
    function = bench.function(COUNTER)
    assert [result(bench.invoke(function)) for _ in range(2)] == [1, 2]
    updated = dataclasses.replace(function, **change)
    outcome = bench.invoke(updated)
    assert result(outcome) == 1
    assert outcome.init_ms is not None
    assert len(bench.stopped(function)) == 1


def test_updated_code_runs(bench: Bench) -> None:
    function = bench.function("def handler(event, context): return 'old'")
    assert result(bench.invoke(function)) == "old"
    other = bench.function("def handler(event, context): return 'new'", name=function.name)
    assert result(bench.invoke(other)) == "new"


def test_two_functions_do_not_see_each_others_modules(bench: Bench) -> None:
    def files(colour: str) -> dict[str, str]:
        return {
            "app.py": "import helper\ndef handler(event, context):\n"
            "    import late\n    return [helper.NAME, late.NAME]",
            "helper.py": f"NAME = {colour!r}",
            "late.py": f"NAME = {colour!r}",
        }

    red, blue = bench.function(files("red")), bench.function(files("blue"))
    seen = [result(bench.invoke(function)) for function in (red, blue, red, blue)]
    assert seen == [["red", "red"], ["blue", "blue"], ["red", "red"], ["blue", "blue"]]


def test_what_the_lab_has_and_lambda_has_not_is_not_found(bench: Bench) -> None:
    """A function that forgot a dependency must not work because the lab happens to have it."""
    document = error(bench.run("import xmltodict\ndef handler(event, context): return xmltodict.parse(event)"))
    assert document["errorType"] == "Runtime.ImportModuleError"
    assert document["errorMessage"] == "Unable to import module 'app': No module named 'xmltodict'"
    source = "def handler(event, context):\n    import moto.core"
    assert error(bench.run(source))["errorMessage"] == "No module named 'moto'"


def test_what_the_runtime_brings_and_what_the_package_brings_is_found(bench: Bench) -> None:
    files = {
        "app.py": "import boto3, xmltodict, json\n"
        "def handler(event, context):\n"
        "    import email.message\n"
        "    return [xmltodict.parse(event), boto3.__name__, email.message.__name__, json.__name__]",
        "xmltodict.py": "from part import mine as parse",
        "part.py": "def mine(text): return f'mine: {text}'",
    }
    assert result(bench.run(files, "<a/>", memory_mb=512, timeout_s=20)) == [
        "mine: <a/>",
        "boto3",
        "email.message",
        "json",
    ]


def test_a_handler_in_a_package_is_found(bench: Bench) -> None:
    files = {"shop/__init__.py": "", "shop/orders.py": "def place(event, context): return __name__"}
    for handler in ("shop.orders.place", "shop/orders.place"):
        assert result(bench.invoke(bench.function(files, handler))) == "shop.orders"


def test_the_context_tells_what_aws_documents(bench: Bench) -> None:
    function = bench.function(
        """
        def handler(event, context):
            return {name: getattr(context, name) for name in (
                "function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "aws_request_id",
                "log_group_name", "log_stream_name", "identity", "client_context")} | {
                "identity": context.identity.cognito_identity_id}
        """,
        memory_mb=192,
    )
    outcome = bench.invoke(function)
    (started,) = bench.started(function)
    assert result(outcome) == {
        "function_name": function.name,
        "function_version": "$LATEST",
        "invoked_function_arn": function.arn,
        "memory_limit_in_mb": "192",
        "aws_request_id": outcome.request_id,
        "log_group_name": f"/aws/lambda/{function.name}",
        "log_stream_name": started.log_stream,
        "identity": None,
        "client_context": None,
    }
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", started.log_stream)


def test_a_client_context_reaches_the_handler(bench: Bench) -> None:
    function = bench.function("def handler(event, context): return context.client_context.custom")
    outcome = bench.engine.invoke(function, b"{}", client_context='{"custom": {"colour": "red"}}')
    assert result(outcome) == {"colour": "red"}


def test_each_invocation_has_a_request_id_of_its_own(bench: Bench) -> None:
    function = bench.function("def handler(event, context): return context.aws_request_id")
    first, second = bench.invoke(function), bench.invoke(function)
    assert result(first) == first.request_id != result(second) == second.request_id
    given = bench.engine.invoke(function, b"{}", request_id="11111111-2222-3333-4444-555555555555")
    assert result(given) == given.request_id == "11111111-2222-3333-4444-555555555555"


def test_the_environment_variables_are_those_that_aws_documents(bench: Bench) -> None:
    function = bench.function(
        "import os\ndef handler(event, context): return dict(os.environ)",
        memory_mb=320,
        environment={"TABLE": "orders", "EMPTY": ""},
    )
    seen = result(bench.invoke(function))
    (started,) = bench.started(function)
    expected = {
        "_HANDLER": "app.handler",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_" + OWN_PYTHON,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "320",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": started.log_stream,
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "TABLE": "orders",
        "EMPTY": "",
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]", seen["_X_AMZN_TRACE_ID"])


def test_a_function_cannot_change_reserved_variables(bench: Bench) -> None:
    outcome = bench.run(
        "import os\ndef handler(event, context): return os.environ['AWS_REGION']",
        environment={"AWS_REGION": "eu-west-1"},
    )
    assert result(outcome) == "us-east-1"


def test_variables_of_one_function_are_not_seen_by_another(bench: Bench) -> None:
    source = "import os\ndef handler(event, context): return os.environ.get('SECRET_OF_ONE')"
    assert result(bench.run(source, environment={"SECRET_OF_ONE": "x"})) == "x"
    assert result(bench.run(source)) is None


def test_paths_are_those_of_aws(bench: Bench) -> None:
    outcome = bench.run(
        """
        import json, os, tempfile
        def handler(event, context):
            print(__file__)
            return {"file": __file__, "cwd": os.getcwd(), "tmp": tempfile.gettempdir(), "json": json.__file__}
        """
    )
    seen = result(outcome)
    assert seen["file"] == "/var/task/app.py"
    assert seen["cwd"] == "/var/task"
    assert seen["tmp"] == "/tmp"
    assert re.fullmatch(r"/var/lang/lib/python3\.\d+/json/__init__\.py", seen["json"])
    assert lines(outcome) == ["/var/task/app.py"]


def test_files_of_the_package_can_be_read(bench: Bench) -> None:
    files = {
        "app.py": "import pathlib\ndef handler(event, context):\n"
        "    return pathlib.Path(__file__).with_name('data').joinpath('a.txt').read_text()",
        "data/a.txt": "from the package",
    }
    assert result(bench.run(files)) == "from the package"


def test_the_sdk_is_there_without_being_packaged(bench: Bench) -> None:
    source = "import boto3\ndef handler(event, context): return boto3.client('s3').meta.region_name"
    assert result(bench.run(source, memory_mb=512, timeout_s=30)) == "us-east-1"


def test_the_environment_is_gone_when_the_function_is_forgotten(bench: Bench) -> None:
    function = bench.function(COUNTER)
    bench.invoke(function)
    bench.engine.forget(function.arn)
    assert [event.reason for event in bench.stopped(function)] == ["the function was deleted"]
    assert result(bench.invoke(function)) == 1
