"""Before the first call in a real account: each account, and each place, that will not do is refused in words."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import lambdalab
from lambdalab.real_account import account, aws, checks

from .conftest import ACCOUNT, ALIAS, plain_environ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What AWS answers to the two questions of the checks; every other call fails the test."""
    said: dict[str, Any] = {
        "GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "UserId": "x"},
        "ListAccountAliases": {"AccountAliases": [ALIAS]},
    }

    def answer(client: Any, operation: str, parameters: Any) -> Any:
        found = said[operation]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    for name in [*checks._CI, *(name for name in os.environ if name.startswith("BINDER_"))]:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    aws.forget()
    yield said
    aws.forget()


def examine(**environ: str) -> Any:
    return checks.examine({"LAMBDALAB_ACCOUNTS": ACCOUNT, **environ})


def refusal(**environ: str) -> str:
    with pytest.raises(checks.Refused) as refused:
        examine(**environ)
    text = str(refused.value)
    assert text.startswith("No call was made in a real account. ")
    return text


def test_a_sandbox_that_was_named_will_do(answers: dict[str, Any]) -> None:
    place = examine()
    assert (place.account, place.alias, place.region, place.learner) == (ACCOUNT, ALIAS, "us-east-1", "ada")


def test_one_of_several_accounts_will_do(answers: dict[str, Any]) -> None:
    assert examine(LAMBDALAB_ACCOUNTS=f"111122223333, {ACCOUNT}").account == ACCOUNT


@pytest.mark.parametrize("alias", ["sandbox", "acme-training-7", "Workshop-2026"])
def test_each_word_for_trying_things_out_will_do(alias: str, answers: dict[str, Any]) -> None:
    answers["ListAccountAliases"] = {"AccountAliases": [alias]}
    assert examine().alias == alias


def test_a_learner_is_named_by_who_signed_in(answers: dict[str, Any]) -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Learner/ada@example.com"
    answers["GetCallerIdentity"]["Arn"] = arn
    assert examine().learner == "ada@example.com"


def test_no_account_named(answers: dict[str, Any]) -> None:
    assert "LAMBDALAB_ACCOUNTS is not set" in refusal(LAMBDALAB_ACCOUNTS="")


@pytest.mark.parametrize("id", ["12345678901", "1234-5678-9012", "1234567890123", "*", "sandbox"])
def test_an_account_id_that_is_none(id: str, answers: dict[str, Any]) -> None:
    assert f"{id!r}, which is no account id" in refusal(LAMBDALAB_ACCOUNTS=id)


def test_another_account_than_the_one_named(answers: dict[str, Any]) -> None:
    assert f"belong to the account {ACCOUNT}, and LAMBDALAB_ACCOUNTS allows 111122223333" in refusal(
        LAMBDALAB_ACCOUNTS="111122223333"
    )


def test_the_root_user(answers: dict[str, Any]) -> None:
    answers["GetCallerIdentity"]["Arn"] = f"arn:aws:iam::{ACCOUNT}:root"
    assert "root user" in refusal()


def test_an_account_without_an_alias(answers: dict[str, Any]) -> None:
    answers["ListAccountAliases"] = {"AccountAliases": []}
    assert "The account has no alias" in refusal()


@pytest.mark.parametrize("alias", ["acme", "acme-dev", "sand-box"])
def test_an_alias_that_does_not_say_what_the_account_is_for(alias: str, answers: dict[str, Any]) -> None:
    answers["ListAccountAliases"] = {"AccountAliases": [alias]}
    assert f"alias is {alias!r}" in refusal()


@pytest.mark.parametrize("alias", ["prod", "sandbox-prod", "training-PRODUCTION", "nonprod-sandbox"])
def test_an_alias_that_says_prod_is_refused_whatever_else_it_says(alias: str, answers: dict[str, Any]) -> None:
    answers["ListAccountAliases"] = {"AccountAliases": [alias]}
    assert "It says 'prod'" in refusal()


def test_an_alias_that_may_not_be_read(answers: dict[str, Any]) -> None:
    answers["ListAccountAliases"] = ClientError(
        {"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListAccountAliases"
    )
    assert "iam:ListAccountAliases" in refusal()


def test_credentials_that_are_over(answers: dict[str, Any]) -> None:
    answers["GetCallerIdentity"] = ClientError(
        {"Error": {"Code": "ExpiredToken", "Message": "The security token included in the request is expired"}},
        "GetCallerIdentity",
    )
    text = refusal()
    assert "is expired" in text
    assert "aws sso login" in text


@pytest.mark.parametrize("name", ["BINDER_LAUNCH_HOST", "BINDER_REPO_URL", "BINDER_REF_URL"])
def test_binder(name: str, answers: dict[str, Any]) -> None:
    assert f"This is Binder: {name} is set" in refusal(**{name: "https://mybinder.org/"})


@pytest.mark.parametrize("name", ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD"])
def test_a_build_server(name: str, answers: dict[str, Any]) -> None:
    assert f"This is a build server: {name} is set" in refusal(**{name: "true"})


def test_a_variable_that_says_this_is_no_build_server(answers: dict[str, Any]) -> None:
    assert examine(CI="false").account == ACCOUNT


def test_the_browser(answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.sys, "platform", "emscripten")
    assert "in the browser" in refusal()


@pytest.mark.parametrize("region", ["nowhere-1", "US-EAST-1", "us-east-1 "])
def test_a_region_that_is_none(region: str, answers: dict[str, Any]) -> None:
    assert f"LAMBDALAB_REGION is {region!r}" in refusal(LAMBDALAB_REGION=region)


def test_another_region_by_its_name(answers: dict[str, Any]) -> None:
    assert examine(LAMBDALAB_REGION="eu-central-1").region == "eu-central-1"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_an_endpoint_that_is_not_aws(name: str, answers: dict[str, Any]) -> None:
    assert f"{name} is set" in refusal(**{name: "http://127.0.0.1:5000"})


def test_an_endpoint_in_the_configuration_file(
    answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://127.0.0.1:5000\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert "http://127.0.0.1:5000" in refusal()


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("https://lambda.us-east-1.amazonaws.com", True),
        ("https://lambda.us-east-1.api.aws", True),
        ("http://lambda.us-east-1.amazonaws.com", False),
        ("https://amazonaws.com.example.org", False),
        ("https://evilamazonaws.com", False),
        ("http://127.0.0.1:5000", False),
    ],
)
def test_what_is_aws(url: str, answer: bool) -> None:
    assert aws.is_aws(url) is answer


def test_nothing_is_changed_by_a_refusal(machine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDALAB_ACCOUNTS", "111122223333")
    before, call = dict(os.environ), BaseClient._make_api_call
    with pytest.raises(checks.Refused):
        lambdalab.start()
    assert dict(os.environ) == before
    assert BaseClient._make_api_call is call
    assert account.current() is None


def test_a_switch_that_says_neither_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDALAB_TARGET", "real")
    with pytest.raises(ValueError, match="LAMBDALAB_TARGET is 'real'"):
        lambdalab.start()


def test_a_lab_and_an_account_are_not_mixed(machine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAMBDALAB_TARGET")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with lambdalab.start():  # type: ignore[attr-defined]
        monkeypatch.setenv("LAMBDALAB_TARGET", "aws")
        with pytest.raises(RuntimeError, match="must not be mixed"):
            lambdalab.start()


def test_an_open_account_does_not_become_a_lab(real: account.Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAMBDALAB_TARGET")
    with pytest.raises(RuntimeError, match=r"lambdalab\.stop"):
        lambdalab.start()


def test_the_second_start_is_the_first(real: account.Account, somebody: Callable[..., Any]) -> None:
    assert lambdalab.start() is real


def test_without_the_switch_nothing_of_it_is_there() -> None:
    """The lab on this machine: nothing is imported, no call is watched, and the course's account variables are idle."""
    script = (
        "import sys, lambdalab\n"
        "from botocore.client import BaseClient\n"
        "before = BaseClient._make_api_call\n"
        "with lambdalab.start() as lab:\n"
        "    import boto3\n"
        "    lab.role('mine')\n"
        "    assert boto3.client('iam').get_role(RoleName='mine')['Role']['Path'] == '/'\n"
        "    assert BaseClient._make_api_call is before\n"
        "print(*[name for name in sys.modules if name.startswith('lambdalab.real_account')])\n"
    )
    environ = plain_environ(LAMBDALAB_ACCOUNTS=ACCOUNT, AWS_PROFILE="sandbox")
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
