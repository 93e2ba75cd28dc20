"""The same functions in each language that the lab runs (what `test_runtimes.py` compares), and one that counts.

Each has these handlers, whatever they are called in the language: greet (log the request's number and the event, and
answer {"hello": name}), fail (an error with the message "no"), count (how often this environment was called), show
(environment variables), leave (end the process with status 3), loop (never end), pid.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lambdalab.runtime.runtimes.java import find_jdk


@dataclass(frozen=True)
class Language:
    """How to write a function for a runtime, and what differs in what comes back."""

    runtime: str
    files: dict[str, str | bytes]
    handler: str
    """With "{}" for the handler's name."""
    error_type: str
    no_handler: tuple[str, str]
    """errorType and errorMessage when the handler is missing."""
    broken: dict[str, str | bytes]
    """A package whose Init fails by an error of its own."""
    broken_type: str
    stack: str | None = "stackTrace"
    """The member of an error document that holds the stack."""
    settings: dict[str, float] = field(default_factory=dict)


COUNTER = """
    count = 0
    def handler(event, context):
        global count
        count += 1
        return count
"""
"""The shortest Python function that tells a warm start from a cold one."""

PYTHON = """
import json, os, sys
calls = 0
def greet(event, context):
    print(context.aws_request_id, json.dumps(event))
    return {"hello": event["name"]}
def fail(event, context):
    raise ValueError("no")
def count(event, context):
    global calls
    calls += 1
    return calls
def show(event, context):
    return {name: os.environ.get(name) for name in event}
def leave(event, context):
    os._exit(3)
def loop(event, context):
    while True: pass
def pid(event, context):
    return os.getpid()
"""

NODE = """
let calls = 0;
exports.greet = async (event, context) => {
  console.log("%s %j", context.awsRequestId, event);
  return { hello: event.name };
};
exports.fail = async () => { throw new RangeError("no"); };
exports.count = async () => ++calls;
exports.show = async (event) => Object.fromEntries(event.map((name) => [name, process.env[name] ?? null]));
exports.leave = async () => process.exit(3);
exports.loop = async () => { for (;;); };
exports.pid = async () => process.pid;
"""

BASH = r"""
#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
failed='{"errorType": "Oops", "errorMessage": "no", "stackTrace": []}'
case "$_HANDLER" in
*.greet|*.fail|*.count|*.show|*.leave|*.loop|*.pid) ;;
*)
    missing="{\"errorType\": \"Missing\", \"errorMessage\": \"There is no $_HANDLER\"}"
    curl -s -o /dev/null -d "$missing" "$api/init/error"
    exit 1 ;;
esac
calls=0
while true; do
    event=$(curl -s -D "${TMPDIR:-/tmp}/headers" "$api/invocation/next")
    id=$(grep -i '^lambda-runtime-aws-request-id:' "${TMPDIR:-/tmp}/headers" | tr -d '\r' | cut -d' ' -f2)
    calls=$((calls + 1)) way=response
    case "$_HANDLER" in
    *.greet) echo "$id $event"; result=${event/name/hello} ;;
    *.fail) way=error result=$failed ;;
    *.count) result=$calls ;;
    *.show)
        result=
        for name in $(tr -d '[]",' <<< "$event"); do
            [ -v "$name" ] && value="\"${!name}\"" || value=null
            result="$result,\"$name\":$value"
        done
        result="{${result:1}}" ;;
    *.leave) exit 3 ;;
    *.loop) while true; do :; done ;;
    *.pid) result=$$ ;;
    esac
    curl -s -o /dev/null -d "$result" "$api/invocation/$id/$way"
done
"""

JAVA = """
package example;
import com.amazonaws.services.lambda.runtime.*;
import java.util.*;
public class App {
    static int calls = 0;
    public Map<String, String> greet(Map<String, String> event, Context context) {
        System.out.println(context.getAwsRequestId() + " {\\"name\\": \\"" + event.get("name") + "\\"}");
        return Map.of("hello", event.get("name"));
    }
    public String fail(Object event) { throw new IllegalStateException("no"); }
    public int count(Object event) { return ++calls; }
    public Map<String, String> show(List<String> event) {
        Map<String, String> shown = new HashMap<>();
        for (String name : event) shown.put(name, System.getenv(name));
        return shown;
    }
    public void leave(Object event) { Runtime.getRuntime().halt(3); }
    public void loop(Object event) { for (;;); }
    public long pid(Object event) { return ProcessHandle.current().pid(); }
}
"""
BROKEN_JAVA = """
package example;
public class App {
    public App() { throw new IllegalStateException("not today"); }
    public String greet(String event) { return event; }
}
"""


@cache
def java_classes(source: str) -> dict[str, str | bytes]:
    """The class files of one source file of a class named App."""
    jdk = find_jdk(17)
    assert jdk is not None
    with tempfile.TemporaryDirectory(prefix="java-classes-") as name:
        folder = Path(name)
        (folder / "App.java").write_text(source)
        jdk.compile([folder / "App.java"], folder / "out")
        return {str(path.relative_to(folder / "out")): path.read_bytes() for path in folder.rglob("*.class")}


def python(runtime: str) -> Language:
    return Language(
        runtime,
        {"app.py": PYTHON},
        "app.{}",
        error_type="ValueError",
        no_handler=("Runtime.HandlerNotFound", "Handler 'nobody' missing on module 'app'"),
        broken={"app.py": "import missing"},
        broken_type="Runtime.ImportModuleError",
    )


def node(runtime: str) -> Language:
    return Language(
        runtime,
        {"app.js": NODE},
        "app.{}",
        error_type="RangeError",
        no_handler=("Runtime.HandlerNotFound", "app.nobody is undefined or not exported"),
        broken={"app.js": "require('missing');"},
        broken_type="Runtime.ImportModuleError",
        stack="trace",
    )


def provided(runtime: str) -> Language:
    return Language(
        runtime,
        {"bootstrap": BASH.lstrip()},
        "app.{}",
        error_type="Oops",
        no_handler=("Missing", "There is no app.nobody"),
        broken={"app.sh": ""},
        broken_type="Runtime.InvalidEntrypoint",
    )


def java(runtime: str) -> Language:
    return Language(
        runtime,
        java_classes(JAVA),
        "example.App::{}",
        error_type="java.lang.IllegalStateException",
        no_handler=("", "No public method named nobody with appropriate method signature found on class example.App"),
        broken=java_classes(BROKEN_JAVA),
        broken_type="java.lang.IllegalStateException",
        settings={"memory_mb": 256},
    )


def jdk_is_here() -> bool:
    return find_jdk(17) is not None
