"""A notebook's kernel in the page: runs one cell after the other in one namespace and tells what came out.

The worker (worker.mjs) calls `start` once and then `run` for each cell; the tests under tests/pyodide do the same in
Node. Output leaves through `emit(kind, text)`: "stdout" and "stderr" as the text itself, "output" as one of a
notebook's own output records in JSON (display_data, execute_result, error), "clear" for clear_output, "flush" when
nothing may be held back.
"""

from __future__ import annotations

import base64
import builtins
import io
import json
import linecache
import shlex
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyodide.code import eval_code_async

if TYPE_CHECKING:
    from collections.abc import Callable

# What one cell may show, in characters. An endless print loop stops filling the page there; the cell itself goes on.
LIMIT = 200_000

MIME_METHODS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/markdown": "_repr_markdown_",
    "application/json": "_repr_json_",
}

_current: Kernel | None = None


def start(emit: Callable[[str, str], object]) -> Kernel:
    """Make the kernel, and make `print`, `display` and `input` speak through it."""
    global _current
    kernel = _current = Kernel(emit)
    sys.stdout = _text_stream(kernel, "stdout")
    sys.stderr = _text_stream(kernel, "stderr")
    sys.dont_write_bytecode = True
    # Where the browser can switch stacks, Pyodide's time.sleep lets other code run meanwhile, and an interrupt then
    # hits that code. Python's own sleep behaves the same in every browser.
    time.sleep = getattr(time.sleep, "__wrapped__", time.sleep)
    builtins.display = kernel.display  # type: ignore[attr-defined]
    builtins.input = _no_input  # type: ignore[assignment]
    return kernel


def current() -> Kernel:
    """Return the running kernel."""
    if _current is None:
        raise RuntimeError("page_kernel.start has not been called")
    return _current


class Kernel:
    """One notebook: a namespace, and a way out for what its cells show."""

    def __init__(self, emit: Callable[[str, str], object]) -> None:
        self._emit = emit
        self._shown = self._rich = self._count = 0
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}

    async def run(self, source: str, name: str) -> str:
        """Run one cell; *name* is what tracebacks call it. Returns "ok", "error" or "interrupted"."""
        self._shown = self._rich = 0
        self._count += 1
        file = f"Cell [{name}]"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        try:
            value = await self._execute(source, file)
            if value is not None:
                self.namespace["_"] = value
                self._show("execute_result", value, execution_count=self._count)
        except KeyboardInterrupt:
            return "interrupted"
        except BaseException as error:
            self._output("error", **describe(error, file))
            return "error"
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return "ok"

    async def _execute(self, source: str, file: str) -> Any:
        first = source.lstrip().partition("\n")[0].strip()
        if first.startswith("%%writefile"):
            write_file(first, source.lstrip().partition("\n")[2])
            return None
        if first.startswith(("!", "%")):
            raise UsageError(
                f"`{first}` needs a real process or IPython itself, and a page has neither. Run this cell in Jupyter."
            )
        return await eval_code_async(source, globals=self.namespace, filename=file)

    def display(self, *objects: Any, **_options: Any) -> None:
        """Show each object, as `IPython.display.display` does."""
        for item in objects:
            self._show("display_data", item)

    def clear(self) -> None:
        """Remove what the cell has shown so far."""
        self._shown = self._rich = 0
        self._emit("clear", "")

    def write(self, stream: str, text: str) -> None:
        """Send text that was printed, up to LIMIT."""
        room = LIMIT - self._shown
        self._shown += len(text)
        if room <= 0:
            return
        self._emit(stream, text[:room])
        if len(text) >= room:
            self._emit("stderr", f"\n… The rest is not shown: a cell in the page shows {LIMIT:,} characters at most.\n")
            self._emit("flush", "")  # nothing that follows would push this out

    def _show(self, output_type: str, value: Any, **fields: Any) -> None:
        data = mime_bundle(value)
        metadata = {}
        if "text/markdown" in data:
            metadata["rendered"] = _markdown(data["text/markdown"])  # the page has no Markdown of its own
        self._output(output_type, data=data, metadata=metadata, **fields)

    def _output(self, output_type: str, **fields: Any) -> None:
        text = json.dumps({"output_type": output_type, **fields})
        # A big picture is fine; a loop that shows pictures for ever is not. Errors are short and always shown.
        if output_type != "error":
            if self._rich > 10 * LIMIT:
                return
            self._rich += len(text)
        self._emit("output", text)


class UsageError(Exception):
    """A line that only IPython understands."""


# --- what a value looks like ------------------------------------------------------------------------------------------


def mime_bundle(value: Any) -> dict[str, Any]:
    """Return the representations of a value by MIME type, as a notebook stores them."""
    if not isinstance(value, type):
        method = getattr(value, "_repr_mimebundle_", None)
        if callable(method):
            bundle = method(include=None, exclude=None)
            bundle = bundle[0] if isinstance(bundle, tuple) else bundle
            if bundle:
                return {**bundle, "text/plain": bundle.get("text/plain", _plain(value))}
    bundle = {}
    for mime, name in MIME_METHODS.items():
        method = None if isinstance(value, type) else getattr(value, name, None)
        data = method() if callable(method) else None
        if data is not None:
            bundle[mime] = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    bundle["text/plain"] = _plain(value)
    return bundle


def _plain(value: Any) -> str:
    if isinstance(value, (str, int, float, bool)):
        return repr(value)
    from IPython.lib.pretty import pretty  # lays a dict out as Jupyter does

    return str(pretty(value))


def _markdown(text: str) -> str:
    import markdown

    return str(markdown.markdown(text, extensions=["markdown.extensions.fenced_code", "markdown.extensions.tables"]))


# --- errors -----------------------------------------------------------------------------------------------------------


def describe(error: BaseException, file: str) -> dict[str, Any]:
    """Return a notebook's error record. The traceback shows only the reader's own lines: the cell and their files.

    What happened inside boto3 or moto is rarely what is wrong, and forty lines of it hide what is.
    """
    kind, message = type(error).__name__, str(error)
    if isinstance(error, SyntaxError):
        message = error.msg
        lines = _syntax_lines(error, file)
    else:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [line for frame in frames if _is_own(frame.filename) for line in _frame_lines(frame, file)]
    lines.append(f"{kind}: {message}" if message else kind)
    lines += getattr(error, "__notes__", [])
    return {"ename": kind, "evalue": str(error), "traceback": lines}


def _frame_lines(frame: traceback.FrameSummary, cell: str) -> list[str]:
    function = "" if frame.name in ("<module>", "<lambda>") else f", in {frame.name}"
    return [f"Line {frame.lineno} of {_place(frame.filename, cell)}{function}:", f"    {frame.line}"]


def _syntax_lines(error: SyntaxError, cell: str) -> list[str]:
    """Where Python stopped reading, with its own mark below the place."""
    _, *marked = traceback.TracebackException.from_exception(error).format_exception_only()
    where = f"Line {error.lineno} of {_place(error.filename or cell, cell)}:"
    return [where, *"".join(marked[:-1]).rstrip("\n").split("\n")]


def _place(filename: str, cell: str) -> str:
    if filename == cell:
        return "this cell"
    if filename.startswith("Cell ["):
        return f"cell {filename[6:-1]}"
    return Path(filename).name


def _is_own(filename: str) -> bool:
    return filename.startswith("Cell [") or Path(filename).is_relative_to(Path.cwd())


# --- %%writefile ------------------------------------------------------------------------------------------------------


def write_file(line: str, body: str) -> None:
    """Do what IPython's `%%writefile [-a] PATH` does, and say the same."""
    words = shlex.split(line)[1:]
    append = bool(words) and words[0] in ("-a", "--append")
    paths = words[1:] if append else words
    if len(paths) != 1:
        raise UsageError("%%writefile takes one path: %%writefile app.py, or %%writefile -a app.py to add to it.")
    path = Path(paths[0]).expanduser()
    if append:
        print(f"Appending to {paths[0]}")
    else:
        print(f"{'Overwriting' if path.exists() else 'Writing'} {paths[0]}")
    with path.open("a" if append else "w", encoding="utf-8") as target:
        target.write(body if body.endswith("\n") else body + "\n")


# --- streams ----------------------------------------------------------------------------------------------------------


class _Raw(io.RawIOBase):
    """The byte end of stdout or stderr."""

    def __init__(self, kernel: Kernel, name: str) -> None:
        self._kernel = kernel
        self._name = name

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._kernel.write(self._name, bytes(data).decode("utf-8", "replace"))
        return len(data)


def _text_stream(kernel: Kernel, name: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_Raw(kernel, name), encoding="utf-8", errors="replace", write_through=True)  # type: ignore[arg-type, type-var]


def _no_input(prompt: object = "") -> str:
    raise UsageError("A page cannot ask while a cell runs. Write the value into the cell instead.")
