"""LogFormat JSON: what Lambda writes as events, and what reaches the log at which level."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import Level, LoggingConfig
from lambdalab.runtime.inline import InlineEnvironment
from lambdalab.runtime.processes.snapshots import SnapStartEnvironment

from ..outcomes import report

if TYPE_CHECKING:
    from lambdalab.runtime import Outcome

    from ..conftest import Bench

TALKS = """
    import logging
    log = logging.getLogger("shop")
    def handler(event, context):
        print("printed")
        log.debug("in detail")
        log.info("sold %s", event, extra={"basket": 7})
        log.warning("stock is low")
        return event
"""


def config(application: Level = Level.INFO, system: Level = Level.INFO) -> LoggingConfig:
    return LoggingConfig(json=True, application_level=application, system_level=system)


def records(outcome: Outcome) -> list[Any]:
    """What reached the log: JSON where it is, text where it is not."""
    return [json.loads(line) if line.startswith("{") else line for line in outcome.log.splitlines()]


def platform(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Lambda's own records, by their types."""
    return {
        record["type"].removeprefix("platform."): record["record"]
        for record in records(outcome)
        if isinstance(record, dict) and "type" in record
    }


def test_a_cold_start_at_the_finest_level(bench: Bench) -> None:
    function = bench.function(TALKS, name="shop", memory_mb=256, logging=config(system=Level.DEBUG))
    outcome = bench.invoke(function, "tea")
    assert list(platform(outcome)) == ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]
    told = platform(outcome)
    assert list(told["initStart"]) == [
        "initializationType",
        "phase",
        "runtimeVersion",
        "runtimeVersionArn",
        "functionName",
        "functionVersion",
        "instanceId",
        "instanceMaxMemory",
    ]
    assert told["initStart"]["initializationType"] == "on-demand"
    assert told["initStart"]["instanceMaxMemory"] == 256 << 20
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/shop\[\$LATEST\][0-9a-f]{32}", told["initStart"]["instanceId"])
    success = {"initializationType": "on-demand", "phase": "init", "status": "success"}
    assert told["initRuntimeDone"] == success
    assert told["initReport"] == {**success, "metrics": {"durationMs": pytest.approx(outcome.init_ms, abs=0.001)}}
    assert told["start"] == {
        "requestId": outcome.request_id,
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:shop",
        "version": "$LATEST",
    }
    assert told["runtimeDone"] == {
        "requestId": outcome.request_id,
        "status": "success",
        "metrics": {"durationMs": pytest.approx(outcome.duration_ms, abs=0.001), "producedBytes": len('"tea"')},
    }
    assert told["report"] == {
        "requestId": outcome.request_id,
        "metrics": {
            "durationMs": pytest.approx(outcome.duration_ms, abs=0.001),
            "billedDurationMs": outcome.billed_ms,
            "memorySizeMB": 256,
            "maxMemoryUsedMB": outcome.max_memory_mb,
            "initDurationMs": pytest.approx(outcome.init_ms, abs=0.001),
        },
        "status": "success",
    }


def test_an_event_is_one_line_with_the_time_in_milliseconds(bench: Bench) -> None:
    first = bench.run("def handler(event, context): pass", logging=config()).log.splitlines()[0]
    assert re.match(
        r'\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","type":"platform\.initStart","record":\{', first
    )


def test_records_of_the_logging_module_are_awslambdarics_json(bench: Bench) -> None:
    outcome = bench.run(TALKS, "tea", logging=config(application=Level.DEBUG))
    said = [record for record in records(outcome) if isinstance(record, dict) and "level" in record]
    for record in said:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.pop("timestamp"))
        assert record.pop("requestId") == outcome.request_id
    assert said == [
        {"level": "DEBUG", "message": "in detail", "logger": "shop"},
        {"level": "INFO", "message": "sold tea", "logger": "shop", "basket": 7},
        {"level": "WARNING", "message": "stock is low", "logger": "shop"},
    ]
    assert "printed" in records(outcome), "what is printed stays as it is"


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (Level.TRACE, ["printed", "in detail", "sold tea", "stock is low"]),
        (Level.DEBUG, ["printed", "in detail", "sold tea", "stock is low"]),
        (Level.INFO, ["printed", "sold tea", "stock is low"]),
        (Level.WARN, ["stock is low"]),
        (Level.ERROR, []),
        (Level.FATAL, []),
    ],
)
def test_the_application_log_level_filters_what_the_function_says(bench: Bench, level: Level, said: list[str]) -> None:
    outcome = bench.run(TALKS, "tea", logging=config(application=level))
    heard = [record if isinstance(record, str) else record.get("message") for record in records(outcome)]
    assert [each for each in heard if each] == said
    assert list(platform(outcome)) == ["initStart", "start", "report"], "what Lambda says has a level of its own"


def test_code_cannot_say_more_than_the_level_allows(bench: Bench) -> None:
    source = """
        import logging
        logging.getLogger().setLevel("DEBUG")
        def handler(event, context): logging.debug("in detail")
    """
    assert "in detail" not in bench.run(source, logging=config()).log
    assert "in detail" in bench.run(source, logging=config(application=Level.DEBUG)).log


def test_at_level_warn_lambda_tells_of_failures_only(bench: Bench) -> None:
    function = bench.function("def handler(event, context): return 1 / event", logging=config(system=Level.WARN))
    assert platform(bench.invoke(function, 1)) == {}
    failed = bench.invoke(function, 0)
    told = platform(failed)
    assert list(told) == ["runtimeDone", "report"]
    for record in told.values():
        assert (record["status"], record["errorType"]) == ("error", "ZeroDivisionError")


def test_an_error_is_one_json_record(bench: Bench) -> None:
    outcome = bench.run("def handler(event, context):\n    raise ValueError('no')", logging=config())
    (error,) = [record for record in records(outcome) if isinstance(record, dict) and record.get("level") == "ERROR"]
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("ValueError", "no", outcome.request_id)
    assert error["stackTrace"] == ["  File \"/var/task/app.py\", line 2, in handler\n    raise ValueError('no')\n"]


def test_init_that_fails_is_reported_for_both_tries(bench: Bench) -> None:
    outcome = bench.run("import missing", logging=config(system=Level.WARN))
    told = [record["record"] for record in records(outcome) if record.get("type") == "platform.initReport"]
    assert [(record["phase"], record["status"], record["errorType"]) for record in told] == [
        ("init", "error", "Runtime.ImportModuleError"),
        ("invoke", "error", "Runtime.ImportModuleError"),
    ]


def test_a_timeout_is_a_status(bench: Bench) -> None:
    source = "import time\ndef handler(event, context): time.sleep(60)"
    told = platform(bench.run(source, timeout_s=0.3, logging=config()))
    assert told["report"]["status"] == "timeout"
    assert "errorType" not in told["report"]
    assert told["runtimeDone"]["status"] == "timeout", "its level is WARN, as it is no success"


def test_a_runtime_that_dies_is_a_status(processes: Bench) -> None:
    told = platform(processes.run("import os\ndef handler(event, context): os._exit(3)", logging=config()))
    assert (told["report"]["status"], told["report"]["errorType"]) == ("error", "Runtime.ExitError")


def test_a_restore_is_told_in_events(bench: Bench) -> None:
    source = "def handler(event, context): pass"
    function = bench.function(source, version="1", snap_start=True, logging=config(system=Level.DEBUG))
    assert bench.engine.snapshot(function).wait(20)
    outcome = bench.invoke(function)
    told = platform(outcome)
    expected = ["restoreStart", "restoreRuntimeDone", "restoreReport", "start", "runtimeDone", "report"]
    assert [name for name in told if not name.startswith(("init", "lambdalab"))] == expected
    assert told["restoreStart"]["functionVersion"] == "1"
    assert told["restoreRuntimeDone"] == {"status": "success"}
    assert told["restoreReport"] == {
        "status": "success",
        "metrics": {"durationMs": pytest.approx(outcome.restore_ms, abs=0.001)},
    }
    metrics = told["report"]["metrics"]
    assert metrics["restoreDurationMs"] == pytest.approx(outcome.restore_ms, abs=0.001)
    assert metrics["billedRestoreDurationMs"] >= 0
    assert "initDurationMs" not in metrics
    init = [json.loads(line) for line in bench.log_of(function) if '"platform.initReport"' in line]
    assert init[0]["record"]["initializationType"] == "snap-start"


def test_each_begun_millisecond_of_a_restore_is_billed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def handler(event, context): pass"
    function = bench.function(source, version="1", snap_start=True, logging=config())
    assert bench.engine.snapshot(function).wait(20)
    for kind in (SnapStartEnvironment, InlineEnvironment):
        restore = kind._restore
        monkeypatch.setattr(kind, "_restore", lambda *given, restore=restore: (restore(*given)[0], 0.0012))
    metrics = platform(bench.invoke(function))["report"]["metrics"]
    assert metrics["billedRestoreDurationMs"] == 2


def test_variables_tell_runtime_clients_what_to_write(bench: Bench) -> None:
    source = """
        import os
        def handler(event, context):
            return [os.environ.get("AWS_LAMBDA_LOG_FORMAT"), os.environ.get("AWS_LAMBDA_LOG_LEVEL")]
    """
    assert json.loads(bench.run(source, logging=config(application=Level.WARN)).payload) == ["JSON", "WARN"]
    assert json.loads(bench.run(source).payload) == [None, None]


def test_in_text_nothing_has_changed(bench: Bench) -> None:
    outcome = bench.run(TALKS, "tea")
    assert "\tstock is low" in outcome.log
    assert "sold tea" not in outcome.log, "the root logger's own level"
    assert report(outcome)["RequestId"] == outcome.request_id
