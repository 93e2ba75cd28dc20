"""What `python -m tools.models` finds between two small trees of models, made up here, and how it says it."""

from __future__ import annotations

import gzip
import json
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.models import __main__ as command
from tools.models import issue, releases
from tools.models.changes import Kind, compare
from tools.models.sentences import changed_numbers, plain, sentences
from tools.models.trees import Model, ModelsError, Tree

if TYPE_CHECKING:
    from collections.abc import Callable


def operation(documentation: str = "") -> dict[str, Any]:
    return {"input": {"shape": "Order"}, "documentation": documentation}


def service(**shapes: Any) -> dict[str, Any]:
    """A service that bakes cakes."""
    return {
        "operations": {"BakeCake": operation(documentation="<p>Bakes a cake. It takes an hour.</p>")},
        "shapes": {
            "Order": {
                "type": "structure",
                "required": ["Flavour"],
                "members": {"Flavour": {"shape": "Flavour"}, "Minutes": {"shape": "Minutes"}},
            },
            "Flavour": {"type": "string", "enum": ["plain", "lemon"]},
            "Minutes": {"type": "integer", "min": 1, "max": 5400},
            "Name": {"type": "string", "max": 64},
            **shapes,
        },
    }


def order(**members: Any) -> dict[str, Any]:
    """What BakeCake takes, with these members besides."""
    members = {"Flavour": {"shape": "Flavour"}, "Minutes": {"shape": "Minutes"}, **members}
    return {"type": "structure", "required": ["Flavour"], "members": members}


def changes(new: dict[str, Any], old: dict[str, Any] | None = None) -> list[tuple[Kind, str]]:
    return [(change.kind, change.text) for change in compare(Model(old or service()), Model(new))]


def write(folder: Path, services: dict[str, dict[str, Any]], api: str = "2015-03-31") -> Path:
    """A folder of models as botocore has it: every other one is compressed."""
    for number, (name, document) in enumerate(services.items()):
        place = folder / name / api
        place.mkdir(parents=True)
        text = json.dumps(document).encode()
        if number % 2:
            (place / "service-2.json").write_bytes(text)
        else:
            (place / "service-2.json.gz").write_bytes(gzip.compress(text))
    return folder


class TestComparing:
    def test_a_model_is_like_itself(self) -> None:
        assert changes(service()) == []

    def test_an_operation_comes_with_the_first_sentence_of_its_documentation(self) -> None:
        new = service()
        new["operations"]["EatCake"] = operation(documentation="<p>Eats a <code>Cake</code>. All of it.</p>")
        assert changes(new) == [(Kind.OPERATION, "`EatCake`: Eats a Cake.")]
        assert changes(service(), new) == [(Kind.GONE, "`EatCake`")]

    def test_a_member_goes_by_the_name_of_the_operation_that_takes_it(self) -> None:
        new = service(Order=order(ForWhom={"shape": "Name", "documentation": "Who gets it. Anybody."}))
        said = "`ForWhom` (string, max 64): Who gets it. `BakeCake` takes it."
        assert changes(new) == [(Kind.MEMBER, said)]
        assert changes(service(), new) == [(Kind.MEMBER_GONE, "`BakeCake` takes `ForWhom`")]

    def test_a_member_that_several_operations_take_is_said_once(self) -> None:
        old = service()
        for name in ("B", "C", "D", "E"):
            old["operations"][name] = operation()
        new = json.loads(json.dumps(old))
        new["shapes"]["Order"] = order(Candles={"shape": "Minutes"})
        said = "`Candles` (integer, min 1, max 5,400) `Order` (in B, BakeCake, C and 2 more) has it."
        assert changes(new, old) == [(Kind.MEMBER, said)]

    def test_of_a_new_structure_its_members_are_named(self) -> None:
        box = {"type": "structure", "members": {"Width": {"shape": "Minutes"}, "Colour": {"shape": "Name"}}}
        new = service(Order=order(Box={"shape": "Box"}), Box=box)
        assert changes(new) == [(Kind.MEMBER, "`Box` (structure of `Colour`, `Width`) `BakeCake` takes it.")]

    def test_a_change_deep_inside_says_where_it_is_met(self) -> None:
        box = {"type": "structure", "members": {"Notes": {"shape": "Notes"}}}
        notes = {"type": "list", "member": {"shape": "Name"}}
        deep = {"Order": order(Box={"shape": "Box"}), "Box": box, "Notes": notes}
        new = service(**deep | {"Name": {"type": "string", "max": 256}})
        assert changes(new, service(**deep)) == [(Kind.LIMIT, "`Name` (in BakeCake): max 64 → 256")]

    @pytest.mark.parametrize(
        ("shape", "said"),
        [
            ({"type": "integer", "min": 1, "max": 7200}, "max 5,400 → 7,200"),
            ({"type": "integer", "min": 1}, "max 5,400 → none"),
            ({"type": "integer", "min": 0, "max": 5400}, "min 1 → 0"),
            ({"type": "integer", "min": 1, "max": 5400, "pattern": "[0-9]+"}, "pattern none → `[0-9]+`"),
            ({"type": "long", "min": 1, "max": 5400}, "integer → long"),
        ],
    )
    def test_a_limit_is_said_before_and_after(self, shape: dict[str, Any], said: str) -> None:
        assert changes(service(Minutes=shape)) == [(Kind.LIMIT, f"`Minutes` (in BakeCake): {said}")]

    def test_a_member_that_is_of_another_shape_has_other_limits(self) -> None:
        new = service(Order=order(Minutes={"shape": "Longer"}), Longer={"type": "integer", "min": 1, "max": 9000})
        assert changes(new) == [(Kind.LIMIT, "`BakeCake` takes `Minutes`: max 5,400 → 9,000")]

    def test_values_come_and_go(self) -> None:
        new = service(Flavour={"type": "string", "enum": ["lemon", "cherry", "plum"]})
        place = "`Flavour` (in BakeCake)"
        assert changes(new) == [
            (Kind.ENUM, f"{place} knows `cherry`, `plum`"),
            (Kind.ENUM, f"{place} no longer knows `plain`"),
        ]

    def test_what_must_be_there_is_said(self) -> None:
        new = service(Order={**order(), "required": ["Minutes"]})
        assert changes(new) == [
            (Kind.REQUIRED, "`BakeCake` takes `Minutes`: required from now on"),
            (Kind.REQUIRED, "`BakeCake` takes `Flavour`: no longer required"),
        ]

    def test_a_new_error_is_said(self) -> None:
        new = service()
        new["operations"]["BakeCake"]["errors"] = [{"shape": "Burnt"}]
        assert changes(new) == [(Kind.ERROR, "`BakeCake` may answer `Burnt`")]

    def test_what_is_deprecated_is_said(self) -> None:
        new = service(Order=order(Minutes={"shape": "Minutes", "deprecated": True, "deprecatedMessage": "Use Hours."}))
        assert changes(new) == [(Kind.DEPRECATED, "`BakeCake` takes `Minutes`: Use Hours.")]
        assert changes(new, new) == []

    def test_a_number_in_the_documentation_is_a_limit_too(self) -> None:
        """A function's longest timeout stands nowhere else."""

        def minutes(most: str) -> dict[str, Any]:
            words = f"<p>How long. The maximum is <code>{most}</code> minutes. Be patient.</p>"
            return service(Order=order(Minutes={"shape": "Minutes", "documentation": words}))

        said = "`BakeCake` takes `Minutes`: was “The maximum is 900 minutes.”, now “The maximum is 1,800 minutes.”"
        assert changes(minutes("1,800"), minutes("900")) == [(Kind.WORDS, said)]

    def test_a_sentence_that_many_places_have_is_said_once(self) -> None:
        def model(number: int) -> dict[str, Any]:
            words = {"shape": "Minutes", "documentation": f"At most {number}."}
            return service(Order=order(Rise=words, Rest=words))

        said = "`BakeCake` takes `Rest`, `BakeCake` takes `Rise`: was “At most 5.”, now “At most 6.”"
        assert changes(model(6), model(5)) == [(Kind.WORDS, said)]

    def test_the_most_important_comes_first(self) -> None:
        new = service(Minutes={"type": "integer"}, Order=order(Candles={"shape": "Minutes"}))
        new["operations"]["EatCake"] = operation()
        kinds = [kind for kind, _ in changes(new)]
        assert kinds == [Kind.OPERATION, Kind.MEMBER, Kind.LIMIT, Kind.LIMIT]

    def test_a_shape_that_holds_itself_ends_somewhere(self) -> None:
        nested = {"type": "structure", "members": {"Inside": {"shape": "Order"}, "Flavour": {"shape": "Flavour"}}}
        assert changes(service(Order=nested), service(Order=nested)) == []
        assert Model(service(Order=nested)).users["Flavour"] == ("BakeCake",)


class TestSentences:
    def test_html_is_taken_out(self) -> None:
        text = (
            '<p>See <a href="https://example.com/page-7">the guide</a>.</p> <ul><li>At most <b>5&nbsp;MB</b></li></ul>'
        )
        assert plain(text) == "See the guide. At most 5 MB"

    def test_a_dot_in_a_name_or_a_number_ends_no_sentence(self) -> None:
        assert sentences("Use python3.13 or 1.5 GB. Then go. ") == ["Use python3.13 or 1.5 GB.", "Then go."]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("It is fast.", "It is very fast."),
            ("It takes 5 s.", "At most, it takes 5 s."),  # other words, the same number
            ("Use S3 and SHA256.", "Use SQS and MD5."),  # names
        ],
    )
    def test_other_words_are_no_news(self, old: str, new: str) -> None:
        assert changed_numbers(old, new) == ((), ())

    def test_a_number_that_comes_or_goes_is_news(self) -> None:
        assert changed_numbers("It takes long.", "It takes long. At most 30 minutes.") == ((), ("At most 30 minutes.",))
        assert changed_numbers("Up to 1.5 GB. Enough.", "Enough.") == (("Up to 1.5 GB.",), ())


class TestTrees:
    def test_the_newest_model_of_a_service_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, {"lambda": {"operations": {}, "shapes": {}}}, "2014-11-11")
        write(tmp_path, {"lambda": service()}, "2015-03-31")
        (tmp_path / "lambda" / "2016-01-01").mkdir()  # another file than a model may be newer
        (tmp_path / "endpoints.json").write_text("{}")
        tree = Tree("1.0.0", tmp_path)
        assert tree.services == {"lambda"}
        assert list(tree.model("lambda").operations) == ["BakeCake"]

    def test_a_service_without_a_model_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "lambda" / "2015-03-31").mkdir(parents=True)
        with pytest.raises(ModelsError, match=r"botocore 1\.0\.0 has no model of lambda"):
            Tree("1.0.0", tmp_path).model("lambda")

    def test_the_models_in_use_are_the_installed_ones(self) -> None:
        tree = releases.installed()
        assert "CreateFunction" in tree.model("lambda").operations


def test_the_issue_names_every_service(tmp_path: Path) -> None:
    new = service(Minutes={"type": "integer", "min": 1, "max": 7200})
    same = service()
    old_tree = Tree("1.44.5", write(tmp_path / "old", {"lambda": same, "s3": same, "sns": same, "sqs": same}))
    new_tree = Tree(
        "1.44.8", write(tmp_path / "new", {"lambda": new, "s3": same, "sqs": same, "kinesis": same, "x": same})
    )
    text = issue.write(old_tree, new_tree, ["lambda", "kinesis", "s3", "sns", "sqs"])
    assert text.split("## What to do")[0] == (
        "# botocore 1.44.5 → 1.44.8: what is new for Lambda and its neighbours\n"
        "\n"
        "## lambda\n"
        "\n"
        "### Limits\n"
        "\n"
        "- `Minutes` (in BakeCake): max 5,400 → 7,200\n"
        "\n"
        "## kinesis\n"
        "\n"
        "A new service, with 1 operation.\n"
        "\n"
        "## sns\n"
        "\n"
        "botocore 1.44.8 does not have this service.\n"
        "\n"
        "Nothing is new in s3, sqs.\n"
        "\n"
        "New services, which nobody here looks into: x.\n"
        "\n"
    )
    assert "refused in words" in text


class TestCommand:
    @pytest.fixture
    def used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
        """Stands for the installed botocore."""
        tree = Tree("1.0.0", write(tmp_path / "installed", {"lambda": service(), "lambda-old": service()}))
        monkeypatch.setattr(releases, "installed", lambda: tree)
        monkeypatch.setattr(command.contents, "SERVICES", {"lambda", "s3"})
        return tree

    @pytest.fixture
    def pip(self, used: Tree, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
        """Sets what pip does from now on: which models it brings for a version, or how it fails."""

        def set_up(failure: str = "", **services: dict[str, Any]) -> list[str]:
            asked: list[str] = []

            def run(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
                asked.append(arguments[-1])
                if failure:
                    return subprocess.CompletedProcess(arguments, 1, "", failure)
                version = arguments[-1].partition("==")[2] or "2.0.0"
                _wheel(arguments[arguments.index("--dest") + 1], version, services)
                return subprocess.CompletedProcess(arguments, 0, "", "")

            monkeypatch.setattr(subprocess, "run", run)
            return asked

        def _wheel(folder: str, version: str, services: dict[str, dict[str, Any]]) -> None:
            Path(folder).mkdir()
            with zipfile.ZipFile(Path(folder) / f"botocore-{version}-py3-none-any.whl", "w") as wheel:
                wheel.writestr("botocore/__init__.py", "raise SystemExit('nothing of a wheel is run')")
                for name, document in services.items():
                    wheel.writestr(f"botocore/data/{name}/2015-03-31/service-2.json", json.dumps(document))

        return set_up

    def test_it_compares_what_is_installed_with_the_newest(
        self, pip: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked = pip(**{"lambda": service(Minutes={"type": "integer"}), "lambda-web": service(), "s3": service()})
        assert command.main([]) == 0
        said = capsys.readouterr()
        assert asked == ["botocore"]
        assert said.out.startswith("# botocore 1.0.0 → 2.0.0")
        headings = [line for line in said.out.splitlines() if line.startswith("## ")]
        assert headings == ["## lambda", "## lambda-old", "## lambda-web", "## s3", "## What to do"]
        assert said.err == ""

    def test_it_compares_two_releases(self, pip: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]) -> None:
        asked = pip(**{"lambda": service(), "s3": service()})
        assert command.main(["--from", "1.1.0", "--to", "1.2.0"]) == 0
        assert asked == ["botocore==1.1.0", "botocore==1.2.0"]
        said = capsys.readouterr().out
        assert said.startswith("# botocore 1.1.0 → 1.2.0")
        assert "Nothing is new in lambda, s3." in said

    def test_the_same_version_is_no_issue(
        self, pip: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        pip(**{"lambda": service()})
        assert command.main(["--to", "1.0.0"]) == 0
        assert capsys.readouterr().out == "botocore 1.0.0 on both sides: nothing is new.\n"

    @pytest.mark.parametrize(
        ("failure", "said"),
        [
            (
                "WARNING: Retrying after connection broken by 'E'\nERROR: No matching distribution found",
                "could not connect",
            ),
            ("ERROR: No matching distribution found for botocore (from versions: none)", "could not connect"),
            (
                "ERROR: Could not install: [Errno 28] No space left",
                "pip says: ERROR: Could not install: [Errno 28] No space",
            ),
            ("Killed", "pip did not say why."),
        ],
    )
    def test_without_a_network_it_says_what_to_do(
        self, pip: Callable[..., list[str]], capsys: pytest.CaptureFixture[str], failure: str, said: str
    ) -> None:
        pip(failure)
        assert command.main([]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert "could not be fetched from PyPI" in err
        assert "Try again" in err

    def test_a_version_that_is_none_is_said(
        self, pip: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        pip("ERROR: Could not find a version (from versions: 1.0, 1.1)\nERROR: No matching distribution found for it")
        assert command.main(["--to", "9.9.9"]) == 1
        assert capsys.readouterr().err.startswith(
            "PyPI has no botocore==9.9.9. `python -m pip index versions botocore`"
        )

    def test_a_pip_that_hangs_is_given_up(
        self, used: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def hang(arguments: list[str], *, timeout: float, **_: Any) -> subprocess.CompletedProcess[str]:
            raise subprocess.TimeoutExpired(arguments, timeout)

        monkeypatch.setattr(subprocess, "run", hang)
        assert command.main([]) == 1
        assert "after 300 s" in capsys.readouterr().err

    def test_a_wheel_without_models_is_said(
        self, pip: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        pip()
        assert command.main([]) == 1
        assert "botocore-2.0.0-py3-none-any.whl has no folder botocore/data" in capsys.readouterr().err
