"""What a code cell looks like in the page."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.site.cells import Cell, code_cell, highlighted, rendered_outputs, short_traceback


def text_of(markup: str) -> str:
    """What `textContent` would be."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


SOURCES = [
    "print('a')",
    "print('a')\n",
    "\n\n  x = 1\n\n",
    'x = """<b>&amp;</b>\n"""',
    "%%writefile app.py\ndef handler(event, context):\n    return {}\n",
    "%%writefile -a template.yaml\nA: 1",
    "%%writefile notes.unknown\nanything < & >",
    "%%writefile app.py",
    '!aws lambda invoke --payload "{}" out.json',
    "files = !ls\nfiles",
    "%%bash\nls | wc -l\n",
    "print('a'",
    "",
]


@pytest.mark.parametrize("source", SOURCES)
def test_the_page_holds_exactly_the_cells_source(source: str) -> None:
    assert text_of(highlighted(source)[1]) == source


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\f\v\x1c\x1d\x1e\x85\u2028\u2029\0"), max_size=60))
def test_the_page_holds_exactly_any_source(source: str) -> None:
    assert text_of(highlighted(source)[1]) == source


@pytest.mark.parametrize(
    ("source", "language", "span"),
    [
        ("def f(): ...", "python", '<span class="k">def</span>'),
        ("%%writefile app.py\ndef f(): ...", "python", '<span class="k">def</span>'),
        ("%%writefile template.yaml\nA: 1", "yaml", '<span class="nt">A</span>'),
        ("%%bash\nexport A=1", "bash", '<span class="nb">export</span>'),
        ("!ls -l", "python", '<span class="o">!</span>'),
    ],
)
def test_each_kind_of_cell_is_highlighted_as_what_it_is(source: str, language: str, span: str) -> None:
    found, markup = highlighted(source)
    assert (found, span in markup) == (language, True)


def test_a_magics_first_line_is_set_apart() -> None:
    assert highlighted("%%writefile app.py\nx = 1")[1].startswith('<span class="cp">%%writefile app.py</span>\n')


def test_a_cell_has_its_id_its_place_and_its_tags() -> None:
    markup = code_cell(Cell("invoke", "code", "1", index=3, tags=("varies", "raises-exception")))
    assert markup.startswith('<lab-cell id="cell-invoke" data-index="3" data-tags="varies raises-exception">')
    assert '<section class="lab-outputs" role="region" aria-label="Output" data-search-exclude></section>' in markup
    assert "lab-badge" not in markup


def test_a_cell_that_needs_a_process_says_so() -> None:
    markup = code_cell(Cell("shell", "code", "!ls", index=0, tags=("needs-process",)))
    assert "data-needs-process" in markup
    assert '<p class="lab-badge">Needs a real process · run it in Jupyter</p>' in markup


def stream(text: str, name: str = "stdout") -> dict[str, object]:
    return {"output_type": "stream", "name": name, "text": text}


def data(**bundle: str) -> dict[str, object]:
    return {"output_type": "display_data", "data": {key.replace("_", "/", 1): value for key, value in bundle.items()}}


def test_pieces_of_one_stream_are_joined_and_the_order_kept() -> None:
    outputs = (stream("a "), stream("b\n"), stream("oh\n", "stderr"), data(text_plain="1"), stream("c"))
    assert rendered_outputs(outputs) == (
        '<pre class="lab-stdout">a b\n</pre><pre class="lab-stderr">oh\n</pre>'
        '<pre class="lab-result">1</pre><pre class="lab-stdout">c</pre>'
    )


def test_text_is_escaped_and_its_colours_are_stripped() -> None:
    assert rendered_outputs((stream("\x1b[1;31m<b>\x1b[0m & \x1b]8;;https://x\x07y\n"),)) == (
        '<pre class="lab-stdout">&lt;b&gt; &amp; y\n</pre>'
    )


def test_the_richest_form_is_shown() -> None:
    svg = {"image/svg+xml": '<?xml version="1.0"?>\n<svg></svg>', "text/plain": "<SVG>"}
    assert rendered_outputs(({"output_type": "display_data", "data": svg},)) == '<div class="lab-svg"><svg></svg></div>'
    assert rendered_outputs((data(text_html="<i>x</i>", text_plain="x"),)) == '<div class="lab-html"><i>x</i></div>'


TRACEBACK = [
    "\x1b[31m-----\x1b[39m",
    "ValueError                 Traceback (most recent call last)",
    "\x1b[36mCell\x1b[39m In[7], line 2\n      1 name = 'x'\n\x1b[32m----> \x1b[39m2 library.call(name)\n",
    "File ~/library.py:602, in call\n--> 602 raise ValueError()\n",
    "ValueError: no",
]


def test_an_error_is_the_cells_own_line_and_what_was_raised() -> None:
    output = {"ename": "ValueError", "evalue": "no", "traceback": TRACEBACK}
    assert short_traceback(output) == "Line 2 of this cell:\n    library.call(name)\nValueError: no"


def test_an_error_without_a_frame_in_the_cell_is_its_message() -> None:
    assert short_traceback({"ename": "KeyboardInterrupt", "evalue": "", "traceback": []}) == "KeyboardInterrupt"
