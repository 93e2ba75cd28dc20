"""Callers who are held to their policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import MY_ACCOUNT, trusting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]


@pytest.fixture
def act_as(lab: Lab, client: Clients) -> Callable[..., Clients]:
    """Clients of a session of a role with this policy."""

    def session(policy: dict[str, Any] | None = None, name: str = "worker") -> Clients:
        role = lab.role(name, policy)
        client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusting(MY_ACCOUNT)))
        keys = client("sts").assume_role(RoleArn=role, RoleSessionName="make-thumbnail")["Credentials"]
        of_role = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return lambda service: of_role.client(service, config=IMPATIENT)

    return session
