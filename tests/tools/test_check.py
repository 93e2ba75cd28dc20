"""`make check` runs everything and hides no failure; the hygiene check finds what it is there for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools import check, check_commit_hygiene, lab

if TYPE_CHECKING:
    from pathlib import Path


def command(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


class TestCheck:
    def test_a_failing_check_shows_its_output_and_the_others_still_run(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        results = check.run_all(
            [
                check.Check("bad", (command("print('the reason'); raise SystemExit(1)"), command("print('never')"))),
                check.Check("good", (command("print('quiet')"),)),
            ]
        )
        assert {result.name: result.failed for result in results} == {"bad": True, "good": False}
        out = capsys.readouterr().out
        assert "✗ bad" in out
        assert "the reason" in out
        assert "✓ good" in out
        assert "never" not in out
        assert "quiet" not in out

    def test_a_missing_command_is_a_failure_that_says_what_to_do(self) -> None:
        result = check.run(check.Check("gone", (("no-such-command",),)))
        assert result.failed
        assert "make setup" in result.output

    def test_a_missing_module_is_a_failure(self) -> None:
        assert check.run(check.Check("gone", (check.python("tools.no_such_module"),))).failed


# Put together from parts, so that this file does not hold what it looks for.
BAD = {
    "a registry's host name": ["see https://" + "pypi" + ".org/project/moto", "registry" + ".npmjs.org/esbuild"],
    "where packages come from": ["pip install --" + "index-url https://mirror.example/simple x", "registry" + "=https://m"],
    "a path of one machine": ["open('/" + "work/main/x')", "File \"/" + "root/.venv/x\"", "cd /" + "home/alice/course"],
    "an AWS access key": ["AK" + "IAABCDEFGHIJKLMNOP", "AS" + "IAABCDEFGHIJKLMNOP"],
    "an AWS secret key": ["aws_secret_access_key = " + "abcdefghij" * 4],
    "a private key": ["-----BEGIN " + "PRIVATE KEY-----", "-----BEGIN RSA " + "PRIVATE KEY-----"],
    "a token": ["gh" + "p_" + "a1B2" * 9],
}  # fmt: skip
GOOD = [
    "AKIAIOSFODNN7EXAMPLE",
    "the folder ./work/x and https://docs.example/work/x",
    "HOME is /home/sbx_user1051 in a function",
    "HOME is /home/pyodide in the page",
    "PyPI has wheels for it",
    "docker registry of the account",
]


class TestHygiene:
    @pytest.mark.parametrize(("what", "line"), [(what, line) for what, lines in BAD.items() for line in lines])
    def test_it_finds(self, what: str, line: str) -> None:
        found = list(check_commit_hygiene.findings("docs/page.md", f"fine\n{line}\n"))
        assert any(item.startswith(f"docs/page.md:2: {what}") for item in found), found

    @pytest.mark.parametrize("line", GOOD)
    def test_it_leaves_alone(self, line: str) -> None:
        assert list(check_commit_hygiene.findings("docs/page.md", line)) == []

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("package-lock.json", '      "resolved": "x",'),
            ("package-lock.json", '      "version": "https://mirror.example/x.tgz",'),
            ("requirements/dev.txt", "moto @ https://mirror.example/moto.whl"),
            ("requirements/dev.txt", "-f wheels"),
        ],
    )
    def test_a_lock_file_names_no_place(self, name: str, line: str) -> None:
        assert list(check_commit_hygiene.findings(name, line))
        assert not [item for item in check_commit_hygiene.findings("docs/x.md", line) if "lock file" in item]

    def test_the_funding_address_in_an_npm_lock_is_no_place_to_download_from(self) -> None:
        line = '        "url": "https://opencollective.example/x"'
        assert list(check_commit_hygiene.findings("package-lock.json", line)) == []

    def test_a_planted_file_fails_the_run_and_an_ignored_one_does_not(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        (tmp_path / ".gitignore").write_text("ignored.md\n")
        (tmp_path / "ignored.md").write_text(BAD["a private key"][0])
        (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
        assert check_commit_hygiene.main(tmp_path) == 0
        (tmp_path / "new.md").write_text(BAD["a private key"][0])
        assert check_commit_hygiene.main(tmp_path) == 1
        assert "new.md:1: a private key" in capsys.readouterr().out


class TestLab:
    def test_jupyterlab_listens_on_this_machine_only_and_keeps_its_token(self) -> None:
        chosen = lab.arguments(root_user=False, screen=True)
        assert "--ip=127.0.0.1" in chosen
        assert not [argument for argument in chosen if "token" in argument or "password" in argument]
        assert "--allow-root" not in chosen
        assert "--no-browser" not in chosen

    def test_in_a_container_it_starts_as_root_and_opens_no_browser(self) -> None:
        chosen = lab.arguments(root_user=True, screen=False)
        assert "--allow-root" in chosen
        assert "--no-browser" in chosen

    def test_a_screen_is_known_by_its_variable(self) -> None:
        assert not lab.has_screen("linux", {})
        assert lab.has_screen("linux", {"WAYLAND_DISPLAY": "wayland-0"})
        assert lab.has_screen("darwin", {})
