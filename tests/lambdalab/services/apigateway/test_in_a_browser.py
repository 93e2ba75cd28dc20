"""A REST API and pages of another site, in a real browser: CORS decides which pages may call it."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from lambdalab import Lab

    from .conftest import Api

REST = "API Gateway (REST)"
RUNS = """
def handler(event, context):
    print('EVENT "' + event["path"] + '"')
    return {"headers": {"Access-Control-Allow-Origin": "*"}, "body": "hello"}
"""
FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return answer.type + " " + answer.status + " " + await answer.text();
    } catch (error) {
        return error.name;
    }
}"""
FORM = '<!doctype html><form id="form" method="post" enctype="text/plain"><input name="a" value="b"></form>'


@pytest.fixture
def elsewhere(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A tab with a page of another origin on it."""
    (tmp_path / "index.html").write_text(FORM)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"http://localhost:{server.server_port}/")
        yield page
        context.close()
        server.shutdown()


@pytest.fixture
def called(api: Api, function: Callable[..., Any], elsewhere: Page) -> Any:
    """The function behind /open, which that page may call, and /closed, which it may not."""
    made = function("called", RUNS)
    origin = elsewhere.url.rstrip("/")
    for path in ("/open", "/closed"):
        api.method(path, "ANY" if path == "/closed" else "GET", made)
    api.mock(
        "/open",
        "OPTIONS",
        **{
            "Access-Control-Allow-Origin": f"'{origin}'",
            "Access-Control-Allow-Headers": "'X-Token'",
            "Access-Control-Allow-Methods": "'GET'",
        },
    )
    api.mock("/closed", "OPTIONS")
    api.deploy()
    return made


def address(lab: Lab, api: Api, path: str) -> str:
    return lab.url(f"https://{api.id}.execute-api.us-east-1.amazonaws.com/prod{path}")


@pytest.mark.source(REST, "CORS preflight")
def test_a_page_that_cors_allows_calls_the_api(lab: Lab, api: Api, called: Any, elsewhere: Page) -> None:
    url = address(lab, api, "/open")
    assert elsewhere.evaluate(FETCH, [url, {}]) == "cors 200 hello"
    assert elsewhere.evaluate(FETCH, [url, {"headers": {"X-Token": "1"}}]) == "cors 200 hello"  # after a preflight
    assert elsewhere.evaluate(FETCH, [url, {"headers": {"X-Other": "1"}}]) == "TypeError"
    assert called.events() == ["/open", "/open"]


@pytest.mark.parametrize("options", [{}, {"mode": "no-cors"}, {"method": "POST", "mode": "no-cors", "body": "x"}])
def test_a_page_that_cors_does_not_allow_runs_nothing(
    options: dict[str, str], lab: Lab, api: Api, called: Any, elsewhere: Page
) -> None:
    said = elsewhere.evaluate(FETCH, [address(lab, api, "/closed"), options])
    assert said == ("opaque 0 " if "mode" in options else "TypeError")
    assert called.events() == []


def test_a_form_runs_nothing(lab: Lab, api: Api, called: Any, elsewhere: Page) -> None:
    url = address(lab, api, "/closed")
    with elsewhere.expect_response(lambda response: response.url == url) as answered:
        elsewhere.evaluate(
            "url => { const form = document.getElementById('form'); form.action = url; form.submit(); }", url
        )
    assert answered.value.status == 403
    assert called.events() == []


def test_a_person_opens_the_url(lab: Lab, api: Api, called: Any, chromium: Browser) -> None:
    page = chromium.new_page()
    answer = page.goto(address(lab, api, "/open"))
    assert answer is not None
    assert (answer.status, answer.text()) == (200, "hello")
    page.close()
