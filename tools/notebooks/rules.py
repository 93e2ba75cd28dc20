"""What a notebook in this repository must be. A rule is a function; the tests hold every notebook to all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from tools.notebooks.execute import KERNELSPEC, LANGUAGE_INFO, VOLATILE_CELL, VOLATILE_NOTEBOOK

Notebook = dict[str, Any]
Rule = Callable[[Notebook, Path], Iterator[str]]

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
JUPYTER_ID = re.compile(r"(?=.*\d)[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f-]{27}")
# A path of the machine on which the notebook ran. /tmp/name is fine: Lambda functions have a /tmp of their own.
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:work|root|Users|private/var|var/folders)/[^\s'\"]*|(?<![\w.])/home/(?!sbx_user|jovyan|pyodide)[^\s'\"]+"
    r"|/tmp/(?:notebook-|tmp|pytest)[^\s'\"]*|[A-Z]:\\Users\\[^\s'\"]*|/site-packages/[^\s'\"]*"
)


def text_of(value: str | list[str]) -> str:
    """Join what nbformat may store as lines."""
    return value if isinstance(value, str) else "".join(value)


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """Return the code cells, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tags(cell: dict[str, Any]) -> list[str]:
    """Return the cell's tags."""
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def transformed(source: str) -> str:
    """Return what IPython makes of a cell: shell lines and magics become calls of get_ipython()."""
    return str(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]


def has_ids(notebook: Notebook, root: Path) -> Iterator[str]:
    """Links, tests and exercises name cells by id: each has one, readable, and no two the same."""
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield f"it is nbformat {notebook['nbformat']}.{notebook['nbformat_minor']}, not 4.5"
    seen = set()
    for number, cell in enumerate(notebook["cells"]):
        name = cell.get("id")
        if not name:
            yield f"cell number {number} has no id"
        elif not SLUG.fullmatch(name) or JUPYTER_ID.fullmatch(name):
            yield f"cell number {number} has the id {name!r}; give it a readable one, as in create-function"
        elif name in seen:
            yield f"two cells have the id {name!r}"
        seen.add(name)


def was_run(notebook: Notebook, root: Path) -> Iterator[str]:
    """Each code cell was run, in order, in one go."""
    for expected, cell in enumerate(code_cells(notebook), 1):
        name, count = cell.get("id"), cell.get("execution_count")
        if not text_of(cell["source"]).strip():
            yield f"cell {name} is empty"
        elif count is None:
            yield f"cell {name} was never run"
        elif count != expected:
            yield f"cell {name} has execution count {count}, not {expected}: it was not run in order"
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result" and output["execution_count"] != count:
                yield f"cell {name} holds the result of another run"


def is_normalised(notebook: Notebook, root: Path) -> Iterator[str]:
    """Metadata are in the one stored form, so that a diff shows what changed in the course and nothing else."""
    metadata = notebook["metadata"]
    if metadata.get("kernelspec") != KERNELSPEC or metadata.get("language_info") != LANGUAGE_INFO:
        yield "its kernelspec or language_info is not the stored form"
    for name in VOLATILE_NOTEBOOK:
        if name in metadata:
            yield f"its metadata hold {name}"
    for cell in notebook["cells"]:
        for name in VOLATILE_CELL:
            if name in cell["metadata"]:
                yield f"the metadata of cell {cell.get('id')} hold {name}"


def names_no_machine(notebook: Notebook, root: Path) -> Iterator[str]:
    """No path of the machine it ran on, in sources and outputs."""
    for cell in notebook["cells"]:
        shown = [text_of(cell["source"])]
        for output in cell.get("outputs", []):
            shown += [text_of(output.get("text", "")), *output.get("traceback", []), output.get("evalue", "")]
            shown += [text_of(data) for data in output.get("data", {}).values() if isinstance(data, str | list)]
        for found in MACHINE_PATH.findall("\n".join(shown)):
            yield f"cell {cell.get('id')} shows a path of the machine it ran on: {found}"


def compares_strictly(notebook: Notebook, root: Path) -> Iterator[str]:
    """An output is left out of the comparison only by `varies`, with a reason; an error only where it is expected."""
    for cell in code_cells(notebook):
        name, reason = cell.get("id"), cell["metadata"].get("varies")
        if ("varies" in tags(cell)) != bool(isinstance(reason, str) and reason.strip()):
            yield f"cell {name} needs both the tag varies and the reason in its metadata (varies: why), or neither"
        if any(tag.startswith("nbval") for tag in tags(cell)) or re.search(
            r"#\s*(NBVAL|PYTEST_VALIDATE)_", text_of(cell["source"])
        ):
            yield f"cell {name} switches the comparison off; tag it varies and say why"
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        if failed != ("raises-exception" in tags(cell)):
            yield f"cell {name} {'failed' if failed else 'is tagged raises-exception but raised nothing'}"


def runs_in_the_page(notebook: Notebook, root: Path) -> Iterator[str]:
    """Shell lines and magics need a real process; the page knows %%writefile only."""
    for cell in code_cells(notebook):
        source = text_of(cell["source"])
        if source.startswith("%%writefile ") or "needs-process" in tags(cell):
            continue
        if "get_ipython()" in transformed(source):
            yield f"cell {cell.get('id')} has a shell line or a magic, which the page cannot run: tag it needs-process"


def shows_its_sample(notebook: Notebook, root: Path) -> Iterator[str]:
    """A file that a cell writes is a sample, word for word: what is shown is what is tested."""
    for cell in code_cells(notebook):
        name, source = cell.get("id"), text_of(cell["source"])
        if not source.startswith("%%writefile"):
            continue
        sample = cell["metadata"].get("sample")
        if not sample:
            yield f"cell {name} writes a file but names no sample in its metadata (sample: samples/…/app.py)"
        elif not (root / sample).is_file():
            yield f"cell {name} names the sample {sample}, which is not there"
        elif source.partition("\n")[2].rstrip("\n") != (root / sample).read_text(encoding="utf-8").rstrip("\n"):
            yield f"cell {name} differs from {sample}"


RULES: tuple[Rule, ...] = (
    has_ids,
    was_run,
    is_normalised,
    names_no_machine,
    compares_strictly,
    runs_in_the_page,
    shows_its_sample,
)


def problems(path: Path, root: Path) -> list[str]:
    """Return everything that is wrong with the notebook. It is read as plain JSON: nbformat would mend some of it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [problem for rule in RULES for problem in rule(notebook, root)]
