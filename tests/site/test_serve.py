"""The static server: only for this machine, quick, and clear when it cannot start."""

from __future__ import annotations

import gzip
import http.client
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.site.project import ROOT
from tools import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = "<h1>Home</h1>" + "word " * 200


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    runner, python = root / "assets/runner-0123456789", root / "assets/python-0123456789"
    runner.mkdir(parents=True)
    python.mkdir()
    (root / "chapter").mkdir()
    (root / "index.html").write_text(PAGE, encoding="utf-8")
    (root / "404.html").write_text("<h1>Not here</h1>", encoding="utf-8")
    (root / "chapter/index.html").write_text("<h1>Chapter</h1>", encoding="utf-8")
    (root / "assets/site-0123456789.css").write_text("a{}" * 300, encoding="utf-8")
    (root / "assets/plain.js").write_text("1", encoding="utf-8")
    (runner / "worker.mjs").write_text("1", encoding="utf-8")
    (python / "python.wasm").write_bytes(b"\0asm" * 300)
    (python / "python.zip").write_bytes(b"PK" * 600)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return root


Answer = tuple[http.client.HTTPResponse, bytes]


@pytest.fixture
def get(site: Path, serve: Callable[[Path], str]) -> Callable[..., Answer]:
    address = serve(site).removeprefix("http://")

    def ask(path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    return ask


def test_a_page_is_asked_for_again_each_time(get: Callable[..., Answer]) -> None:
    response, body = get("/")
    assert (response.status, body.decode()) == (200, PAGE)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"


def test_an_unchanged_page_is_not_sent_twice(get: Callable[..., Answer], site: Path) -> None:
    tag = get("/")[0].headers["ETag"]
    response, body = get("/", If_None_Match=f'"other", W/{tag}')
    assert (response.status, body) == (304, b"")
    (site / "index.html").write_text(PAGE + "more", encoding="utf-8")
    assert get("/", If_None_Match=tag)[0].status == 200


def test_text_and_wasm_travel_compressed_and_zips_do_not(get: Callable[..., Answer], site: Path) -> None:
    response, body = get("/", Accept_Encoding="br, gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).decode() == PAGE
    assert get("/assets/python-0123456789/python.wasm", Accept_Encoding="gzip")[0].headers["Content-Encoding"] == "gzip"
    response, body = get("/assets/python-0123456789/python.zip", Accept_Encoding="gzip")
    assert response.headers["Content-Encoding"] is None
    assert body == (site / "assets/python-0123456789/python.zip").read_bytes()


def test_what_the_build_has_compressed_is_sent_as_it_is(get: Callable[..., Answer], site: Path) -> None:
    wasm = site / "assets/python-0123456789/python.wasm"
    made = gzip.compress(wasm.read_bytes(), 1)
    wasm.with_name("python.wasm.gz").write_bytes(made)
    response, body = get("/assets/python-0123456789/python.wasm", Accept_Encoding="gzip")
    assert (response.headers["Content-Type"], response.headers["Content-Encoding"]) == ("application/wasm", "gzip")
    assert body == made
    assert get("/assets/python-0123456789/python.wasm")[1] == wasm.read_bytes()


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/assets/site-0123456789.css", True),
        ("/assets/runner-0123456789/worker.mjs", True),
        ("/assets/python-0123456789/python.zip", True),
        ("/assets/plain.js", False),
        ("/chapter/", False),
    ],
)
def test_only_what_carries_a_hash_is_kept_by_the_browser(get: Callable[..., Answer], path: str, kept: bool) -> None:
    assert ("immutable" in get(path)[0].headers["Cache-Control"]) is kept


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/assets/runner-0123456789/worker.mjs", "text/javascript; charset=utf-8"),
        ("/assets/python-0123456789/python.wasm", "application/wasm"),
        ("/assets/python-0123456789/python.zip", "application/zip"),
        ("/assets/site-0123456789.css", "text/css; charset=utf-8"),
    ],
)
def test_each_kind_of_file_is_called_what_it_is(get: Callable[..., Answer], path: str, kind: str) -> None:
    assert get(path)[0].headers["Content-Type"] == kind


def test_a_directory_is_its_index_page(get: Callable[..., Answer]) -> None:
    assert get("/chapter/?q=1")[1] == b"<h1>Chapter</h1>"
    response, _ = get("/chapter?q=1")
    assert (response.status, response.headers["Location"]) == (301, "/chapter/?q=1")


def test_a_redirect_never_leaves_the_site(get: Callable[..., Answer]) -> None:
    response, _ = get("//chapter")
    assert response.status == 404 or response.headers["Location"] == "/chapter/"


def test_a_missing_page_is_answered_with_the_sites_own_page(get: Callable[..., Answer]) -> None:
    response, body = get("/none")
    assert (response.status, body) == (404, b"<h1>Not here</h1>")


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/chapter/../../secret.txt", "/%00"])
def test_nothing_outside_the_site_is_served(get: Callable[..., Answer], path: str) -> None:
    response, body = get(path)
    assert response.status == 404
    assert b"secret" not in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::1]:8000"])
def test_a_foreign_host_name_is_turned_away(get: Callable[..., Answer], host: str) -> None:
    response, body = get("/", Host=host)
    assert response.status == 421
    assert b"only to 127.0.0.1 and localhost" in body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1"])
def test_this_machines_names_are_welcome(get: Callable[..., Answer], host: str) -> None:
    assert get("/", Host=host)[0].status == 200


def test_the_sitemap_names_the_address_that_the_reader_uses(get: Callable[..., Answer], site: Path) -> None:
    # Else the theme's instant navigation takes every link for a foreign one.
    text = "<loc>http://127.0.0.1:8000/</loc><loc>http://127.0.0.1:8000/chapter/</loc>"
    (site / "sitemap.xml").write_text(text, encoding="utf-8")
    assert get("/sitemap.xml", Host="localhost:8123")[1].decode() == text.replace("127.0.0.1:8000", "localhost:8123")


def test_a_head_request_has_no_body(get: Callable[..., Answer]) -> None:
    response, body = get("/", method="HEAD")
    assert (response.status, body, response.headers["Content-Length"]) == (200, b"", str(len(PAGE)))


def test_it_listens_on_loopback_only(site: Path) -> None:
    with serve.Site(0, site) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_one_clear_sentence(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert serve.main(["--port", str(port), "--dir", str(site)]) == 1
    told = capsys.readouterr().err
    assert told == f"Port {port} is in use by another program. Choose another one: make serve PORT={port + 1}\n"


def test_a_port_that_is_none_is_one_clear_sentence(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["--port", "70000", "--dir", str(site)]) == 1
    assert capsys.readouterr().err == "70000 is not a port. Choose one from 1024 to 65535.\n"


def test_without_a_built_site_it_says_how_to_build_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["--dir", str(tmp_path)]) == 1
    assert "Build it with: make site" in capsys.readouterr().err


@pytest.mark.parametrize("at_the_start", [signal.SIG_DFL, signal.SIG_IGN])
def test_ctrl_c_ends_it_without_a_traceback(site: Path, at_the_start: signal.Handlers) -> None:
    """Also where a script started it with "&": there SIGINT is ignored at the start."""
    command = [sys.executable, "-m", "tools.serve", "--port", "0", "--dir", str(site)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, at_the_start),
    ) as process:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120)
    assert (process.returncode, out, error) == (0, "\nStopped.\n", "")
