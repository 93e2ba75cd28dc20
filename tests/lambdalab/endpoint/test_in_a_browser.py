"""What a page of somebody else's can do to a lab on the same machine, tried in a real browser: nothing.

The lab of these tests takes any credentials and none, as LAMBDALAB's own does not: what holds here is only that it does
not answer web pages. Each attack is also made without a browser's headers, where it works.
"""

from __future__ import annotations

import http.client
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest

import lambdalab
from lambdalab.lab import Lab
from tests.lambdalab.conftest import IMPATIENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

FORM = """<!doctype html><title>Win a prize</title>
<iframe name="hidden"></iframe>
<form id="form" action="{lab}/things" method="post" enctype="multipart/form-data" target="hidden">
  <input name="key" value="evil"><input name="file" value="planted">
</form>
"""
MULTIPART = "\r\n".join(
    [
        *("--x", 'Content-Disposition: form-data; name="key"', "", "evil"),
        *("--x", 'Content-Disposition: form-data; name="file"', "", "planted", "--x--", ""),
    ]
)


@pytest.fixture
def open_lab() -> Iterator[Lab]:
    lambdalab.stop()
    with Lab(any_credentials=True) as opened:
        yield opened


@pytest.fixture
def s3(open_lab: Lab) -> Any:
    made = boto3.client("s3", config=IMPATIENT)
    made.create_bucket(Bucket="things")
    made.put_object(Bucket="things", Key="mine", Body=b"secret")
    return made


@pytest.fixture
def evil(chromium: Browser, open_lab: Lab, tmp_path: Path) -> Iterator[Page]:
    """A tab with a page of another origin on it."""
    (tmp_path / "index.html").write_text(FORM.format(lab=open_lab.endpoint_url))

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


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="things")["Contents"]]


def plain(lab: Lab, method: str, path: str, body: str = "", **headers: str) -> int:
    """The same request, from a program."""
    port = urlsplit(lab.endpoint_url or "").port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body.encode(), headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_form_plants_nothing(open_lab: Lab, s3: Any, evil: Page) -> None:
    with evil.expect_response(lambda response: response.url.endswith("/things")) as answered:
        evil.evaluate("document.getElementById('form').submit()")
    assert answered.value.status == 403
    assert keys(s3) == ["mine"]
    assert plain(open_lab, "POST", "/things", MULTIPART, **{"Content-Type": "multipart/form-data; boundary=x"}) < 300
    assert keys(s3) == ["evil", "mine"]


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_script_reads_and_writes_nothing(open_lab: Lab, s3: Any, evil: Page, method: str, mode: str) -> None:
    script = """async ([url, method, mode]) => {
        try {
            const form = new FormData();
            form.append("key", "evil");
            form.append("file", "planted");
            const answer = await fetch(url, {method, mode, body: method === "POST" ? form : undefined});
            return answer.type + " " + await answer.text();
        } catch (error) {
            return error.name;
        }
    }"""
    seen = evil.evaluate(script, [f"{open_lab.endpoint_url}/things", method, mode])
    assert seen == ("TypeError" if mode == "cors" else "opaque ")
    assert keys(s3) == ["mine"]
    assert plain(open_lab, "GET", "/things") == 200


def test_a_name_that_was_bound_to_this_machine_reads_nothing(chromium: Browser, open_lab: Lab, s3: Any) -> None:
    """DNS rebinding: to the browser, page and lab are one origin then. What gives it away is the name it asks for."""
    port = urlsplit(open_lab.endpoint_url or "").port
    rebound = chromium.browser_type.launch(
        executable_path=_executable(),
        args=[
            "--no-sandbox",
            "--host-resolver-rules=MAP evil.example 127.0.0.1",
            # Newer browsers have a defence of their own, which is not what is tried here.
            "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
        ],
    )
    try:
        page = rebound.new_page()
        # The page comes from the attacker's machine; then the name leads to this one.
        page.route("**/prize.html", lambda route: route.fulfill(content_type="text/html", body="<title>Win</title>"))
        page.goto(f"http://evil.example:{port}/prize.html")
        read = page.evaluate("async () => { const a = await fetch('/things'); return a.status + await a.text(); }")
        assert read.startswith("403")
        assert "mine" not in read
        own = page.goto(f"http://127.0.0.1:{port}/things")  # typed by the owner
        assert own is not None
        assert (own.status, b"mine" in own.body()) == (200, True)
    finally:
        rebound.close()


def _executable() -> str:
    from tools.bootstrap.chromium import find

    found = find()
    assert found is not None
    return str(found)
