"""The checks before the first call in a real account. If one fails, nothing is done.

Each error says what was found, why that is a problem, and what to do instead. Checks that need no call come first, and
no call changes anything.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from . import aws
from .place import Place, new_session

if TYPE_CHECKING:
    from collections.abc import Mapping

SWITCH = "LAMBDALAB_TARGET"
ACCOUNTS = "LAMBDALAB_ACCOUNTS"
REGION = "LAMBDALAB_REGION"
BOUNDARY = "LAMBDALAB_BOUNDARY"
DEFAULT_REGION = "us-east-1"
FIT = ("sandbox", "training", "workshop")
UNFIT = "prod"
_CI = (
    "CI",
    "BUILD_ID",
    "BUILDKITE",
    "CIRCLECI",
    "CODEBUILD_BUILD_ID",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
)
_GUIDE = "docs/reference/real-account.md says how."


class Refused(RuntimeError):
    """The course does not touch this account."""

    def __init__(self, what: str, why: str, instead: str) -> None:
        super().__init__(f"No call was made in a real account. {what} {why} {instead}")


def examine(environ: Mapping[str, str]) -> Place:
    """The place to work in, if everything about it is right. Raises Refused."""
    _fit_machine(environ)
    accounts = _allowed(environ)
    region = _region(environ)
    aws.forget()
    _no_detours(environ)
    account, caller = _identity(region)
    if account not in accounts:
        raise Refused(
            f"Your credentials belong to the account {account}, and {ACCOUNTS} allows {', '.join(accounts)}.",
            "The course creates and deletes resources, in an account that you have named and in no other.",
            f"Use a profile of that account (AWS_PROFILE=…), or, if {account} is your sandbox, {ACCOUNTS}={account}.",
        )
    if caller.endswith(":root"):
        raise Refused(
            f"Your credentials are those of the root user of {account}.",
            "Nothing can hold the root user back, no policy and no boundary.",
            f"Sign in as a user or with a role that has the permissions that the course needs. {_GUIDE}",
        )
    alias = _alias(region)
    session, expires = new_session()
    return Place(account, alias, caller, region, session, expires, environ.get(BOUNDARY, ""))


def _fit_machine(environ: Mapping[str, str]) -> None:
    if sys.platform == "emscripten":
        raise Refused(
            f"{SWITCH}=aws was asked for in the browser.",
            "A web page must never have the credentials of an account.",
            "Open the notebook in Jupyter on your own machine.",
        )
    if found := sorted(name for name in environ if name.startswith("BINDER_")):
        raise Refused(
            f"This is Binder: {found[0]} is set.",
            "Its machines are shared and public, and credentials that you type there are seen by others.",
            "Open the notebook in Jupyter on your own machine; if you have typed credentials here, revoke them.",
        )
    if found := [name for name in _CI if environ.get(name, "").lower() not in ("", "0", "false", "no")]:
        raise Refused(
            f"This is a build server: {found[0]} is set.",
            "There nobody sees what is created, and nobody deletes what is left.",
            f"Leave {SWITCH} out there: the lab on the machine itself needs no account.",
        )


def _allowed(environ: Mapping[str, str]) -> list[str]:
    given = environ.get(ACCOUNTS, "")
    accounts = [part for part in re.split(r"[\s,]+", given) if part]
    if not accounts:
        raise Refused(
            f"{ACCOUNTS} is not set.",
            "The course works only in an account that you have named beforehand.",
            f"Set it to the 12-digit id of your sandbox account: {ACCOUNTS}=111122223333. {_GUIDE}",
        )
    for account in accounts:
        if not re.fullmatch(r"[0-9]{12}", account):
            raise Refused(
                f"{ACCOUNTS} holds {account!r}, which is no account id.",
                "An account id has 12 digits, without hyphens; a leading zero counts.",
                "`aws sts get-caller-identity` shows the one that your credentials belong to.",
            )
    return accounts


def _region(environ: Mapping[str, str]) -> str:
    import boto3

    region = environ.get(REGION) or DEFAULT_REGION
    if region not in boto3.Session().get_available_regions("lambda"):
        raise Refused(
            f"{REGION} is {region!r}, and Lambda knows no such region.",
            "Everything that the course creates is in one region, so that all of it is found again.",
            f"Leave {REGION} out for {DEFAULT_REGION}, or set it to another one's name, such as eu-central-1.",
        )
    return region


def _no_detours(environ: Mapping[str, str]) -> None:
    if found := aws.leads_elsewhere(environ):
        raise Refused(
            f"{found[0]} is set.",
            "It sends the SDK's calls to something that is not AWS, and nobody could say whose account that is.",
            f"Unset it (a lab in this terminal may have set it), or leave {SWITCH} out for the local lab.",
        )


def _identity(region: str) -> tuple[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        sts = aws.client("sts", region)
        if not aws.is_aws(sts.meta.endpoint_url):
            raise Refused(
                f"Your configuration sends calls to {sts.meta.endpoint_url}.",
                "That is not AWS, so nobody could say whose account it is.",
                "Take endpoint_url out of the profile in ~/.aws/config, or use another profile.",
            )
        identity = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as problem:
        raise Refused(
            f"AWS does not say who you are: {problem}",
            "Without that, the course cannot know in which account it is.",
            "Sign in first (aws sso login, aws configure), and try: aws sts get-caller-identity",
        ) from problem
    return identity["Account"], identity["Arn"]


def _alias(region: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    required = f"one that says {', '.join(FIT[:-1])} or {FIT[-1]}, and not {UNFIT}"
    fix = "aws iam create-account-alias --account-alias NAME-sandbox"
    try:
        aliases: list[Any] = aws.client("iam", region).list_account_aliases()["AccountAliases"]
    except (BotoCoreError, ClientError) as problem:
        raise Refused(
            f"The account's alias cannot be read: {problem}",
            f"The course works only in an account with an alias, {required}.",
            "These credentials need the permission iam:ListAccountAliases.",
        ) from problem
    if not aliases:
        raise Refused(
            "The account has no alias.",
            f"The course works only in an account with an alias, {required}: so that nobody takes another by mistake.",
            f"If this is a sandbox, give it one: {fix}",
        )
    alias = str(aliases[0])
    if UNFIT in alias.lower():
        raise Refused(
            f"The account's alias is {alias!r}.",
            f"It says {UNFIT!r}, and such an account is not for experiments.",
            f"Use a sandbox account: one with an alias that says {', '.join(FIT[:-1])} or {FIT[-1]}.",
        )
    if not any(word in alias.lower() for word in FIT):
        raise Refused(
            f"The account's alias is {alias!r}.",
            f"The course works only in an account with an alias that says what it is for, {required}.",
            f"If this is a sandbox, rename it: {fix}",
        )
    return alias
