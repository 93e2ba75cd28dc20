"""Java's own: what a handler may look like, what JSON becomes, and what is said when a class does not load.

Without a JDK none of this can run; `test_runtimes.py` says so loudly, and here only the last test is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import DeploymentPackage, UnsupportedRuntime
from lambdalab.runtime.runtimes import _find, java
from tests.lambdalab.packages import zipped

from ..conftest import Bench, _engine
from ..outcomes import error, result
from ..sources import java_classes, jdk_is_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambdalab.runtime import Outcome

SOURCE = """
package example;

import com.amazonaws.services.lambda.runtime.*;
import java.io.*;
import java.util.*;

public class App implements RequestHandler<App.Order, App.Receipt> {
    public enum Size { SMALL, LARGE }
    public record Order(String id, double amount, Size size, List<Item> items, Map<String, Integer> counts) {}
    public record Item(String name, boolean gift) {}
    public static class Receipt {
        private final String order;
        Receipt(String order) { this.order = order; }
        public String getOrder() { return order; }
        public int[] getNumbers() { return new int[] {1, 2}; }
        public boolean isPaid() { return true; }
    }

    public Receipt handleRequest(Order order, Context context) { return new Receipt(order.toString()); }

    public String text(String event) { return "<" + event + ">"; }
    public int length(List<Integer> event) { return event.size() + event.get(0); }
    public static Object same(Object event, Context context) { return event; }
    public String context(Object event, Context context) {
        boolean remaining = context.getRemainingTimeInMillis() > 0 && context.getRemainingTimeInMillis() <= 20_000;
        return context.getFunctionName() + " " + context.getMemoryLimitInMB() + " " + remaining;
    }
    public void log(Object event, Context context) {
        System.out.print("printed, ");
        System.out.println("in one line");
        context.getLogger().log("a record\\nof two lines");
        System.err.println("and an error");
    }
    public void deep(Object event) {
        try { Integer.parseInt("x"); } catch (NumberFormatException no) { throw new RuntimeException("outer", no); }
    }
    public String socket(Object event) throws Exception { return new java.net.Socket("192.0.2.1", 80).toString(); }
    public int http(Object event) throws Exception { return new java.net.URL("http://192.0.2.1/").openStream().read(); }
}
"""
STREAM = """
package example;
import com.amazonaws.services.lambda.runtime.*;
import java.io.*;
public class App implements RequestStreamHandler {
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        output.write('[');
        input.transferTo(output);
        output.write(']');
    }
}
"""
TRAP = 'package example; public class App { static { if (true) throw new RuntimeException("trapped"); } }'


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    if jdk_is_here():
        java_classes(SOURCE)
    yield bench
    bench.engine.close()


@pytest.fixture
def run(bench: Bench) -> Callable[..., Outcome]:
    def run_once(handler: str, event: Any = None, files: Any = None, **settings: Any) -> Outcome:
        files = java_classes(SOURCE) if files is None else files
        return bench.run(files, event, handler=handler, runtime="java17", timeout_s=20, memory_mb=256, **settings)

    return run_once


if jdk_is_here():

    def test_records_lists_maps_and_beans_are_json(run: Callable[..., Outcome]) -> None:
        order = {"id": "o-1", "amount": 2, "size": "LARGE", "items": [{"name": "pen"}], "counts": {"pen": 3}, "more": 1}
        assert result(run("example.App", order)) == {
            "order": "Order[id=o-1, amount=2.0, size=LARGE, items=[Item[name=pen, gift=false]], counts={pen=3}]",
            "numbers": [1, 2],
            "paid": True,
        }

    @pytest.mark.parametrize(
        ("method", "event", "expected"),
        [
            ("text", "Ada ✓", "<Ada ✓>"),
            ("length", [40, 1], 42),
            ("same", {"a": [1, -2.5, None, True, '"\\/\n\t\u0001✓'], "b": {}, "c": []}, ...),
            ("same", 12345678901, ...),
            ("same", None, ...),
        ],
    )
    def test_plain_methods_are_handlers(run: Callable[..., Outcome], method: str, event: Any, expected: Any) -> None:
        assert result(run(f"example.App::{method}", event)) == (event if expected is ... else expected)

    def test_a_stream_handler_has_the_bytes(run: Callable[..., Outcome]) -> None:
        assert result(run("example.App", {"a": 1}, java_classes(STREAM))) == [{"a": 1}]

    def test_classes_may_be_in_jars_of_lib_and_of_layers(run: Callable[..., Outcome]) -> None:
        jar = zipped(java_classes(SOURCE))
        assert result(run("example.App::text", "x", {"lib/app.jar": jar})) == "<x>"
        layer = DeploymentPackage(zipped({"java/lib/app.jar": jar}))
        assert result(run("example.App::text", "x", {"empty": ""}, layers=(layer,))) == "<x>"

    def test_the_context_tells_about_the_function(run: Callable[..., Outcome]) -> None:
        assert result(run("example.App::context", name="orders")) == "orders 256 true"

    def test_the_log_has_lines_and_records_in_order(run: Callable[..., Outcome]) -> None:
        assert "\nprinted, in one line\na record\nof two lines\nand an error\nEND" in run("example.App::log").log

    def test_an_error_has_its_cause_and_no_frame_of_the_bootstrap(run: Callable[..., Outcome]) -> None:
        outcome = run("example.App::deep")
        document = error(outcome)
        assert (document["errorType"], document["errorMessage"]) == ("java.lang.RuntimeException", "outer")
        assert [frame.partition("(")[0] for frame in document["stackTrace"]] == ["example.App.deep"]
        assert document["cause"]["errorType"] == "java.lang.NumberFormatException"
        assert (
            "outer: java.lang.RuntimeException\njava.lang.RuntimeException: outer\n\tat example.App.deep" in outcome.log
        )

    def test_a_class_that_is_not_there_is_said(run: Callable[..., Outcome]) -> None:
        document = error(run("example.Nobody"))
        assert document["errorType"] == "java.lang.ClassNotFoundException"
        assert document["errorMessage"] == "Class not found: example.Nobody"

    def test_a_class_for_a_newer_java_is_refused_as_java_refuses_it(run: Callable[..., Outcome]) -> None:
        files = {}
        for name, data in java_classes(STREAM).items():
            assert isinstance(data, bytes)
            files[name] = data[:6] + (99).to_bytes(2, "big") + data[8:]  # the class file's version
        document = error(run("example.App", files=files))
        assert document["errorType"] == "java.lang.UnsupportedClassVersionError"
        assert (
            "has been compiled by a more recent version of the Java Runtime (class file version 99.0)"
            in (document["errorMessage"])
        )

    def test_a_class_that_fails_to_load_fails_init(run: Callable[..., Outcome]) -> None:
        document = error(
            run("example.App::any", files=java_classes(TRAP.replace("}", "} public void any(String e) {}", 1)))
        )
        assert document["errorType"] == "java.lang.RuntimeException"
        assert document["errorMessage"] == "Error loading class example.App: trapped"

    def test_an_event_that_is_not_of_the_handlers_type_is_said(run: Callable[..., Outcome]) -> None:
        assert error(run("example.App::length", "no list"))["errorMessage"] == "An error occurred during JSON parsing"

    @pytest.mark.parametrize("way", ["socket", "http"])
    def test_a_function_reaches_no_other_machine(run: Callable[..., Outcome], way: str) -> None:
        document = error(run(f"example.App::{way}"))
        assert document["errorType"] in ("java.net.SocketException", "java.net.ConnectException")

    def test_too_little_memory_is_javas_own_error(run: Callable[..., Outcome]) -> None:
        source = (
            "package example; public class App { public int eat(Object e) { return new byte[2_000_000_000].length; } }"
        )
        outcome = run("example.App::eat", files=java_classes(source))
        assert error(outcome)["errorType"] == "java.lang.OutOfMemoryError"


def test_without_a_jdk_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "release").write_text('JAVA_VERSION="21.0.1"\n')  # a JRE: no bin/javac
    monkeypatch.setattr(java, "_homes", lambda: iter([tmp_path]))
    with pytest.raises(UnsupportedRuntime, match=r"java21 needs a JDK, version 17 or newer.*Install one"):
        _find.__wrapped__("java21")


def test_the_jdk_of_the_functions_version_is_taken_or_the_newest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version in ("11.0.2", "17.0.9", "21.0.1", "25"):
        home = tmp_path / version
        (home / "bin").mkdir(parents=True)
        (home / "release").write_text(f'JAVA_VERSION="{version}"\n')
        for program in ("java", "javac"):
            (home / "bin" / program).touch(mode=0o755)
    monkeypatch.setattr(java, "_homes", lambda: iter(sorted(tmp_path.iterdir())))
    found = [java.find_jdk(major) for major in (17, 21, 11, 25)]
    assert [jdk.version if jdk else None for jdk in found] == ["17.0.9", "21.0.1", "25", "25"]
