"""Decisions are remembered, and a change counts from the next call: of a policy, a trust policy, a boundary, a tag."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.authorization import decisions
from lambdalab.authorization.access import Access
from lambdalab.authorization.decisions import decide, service_may
from lambdalab.authorization.principals import of_role, signer_of
from tests.lambdalab.packages import MY_ACCOUNT, allowing, trusting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
SEND = Access("sqs:SendMessage", QUEUE)


def no_context() -> dict[str, str | tuple[str, ...]]:
    return {}


def may(role: str, access: Access = SEND, **keys: str) -> bool:
    return bool(decide(of_role(role, "hello"), access, lambda: dict(keys)))


def statement(effect: str, **more: Any) -> str:
    one = {"Effect": effect, "Action": "*", "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions about which policies were evaluated, in order."""
    found: list[str] = []
    evaluate = decisions.evaluate

    def counted(request: Any, policies: Any) -> Any:
        found.append(request.action)
        return evaluate(request, policies)

    monkeypatch.setattr(decisions, "evaluate", counted)
    return found


def test_what_depends_on_policies_alone_is_evaluated_once(lab: Lab, evaluated: list[str]) -> None:
    role = lab.role("worker", allowing("sqs:SendMessage", resource=QUEUE))
    evaluated.clear()
    assert [may(role) for _ in range(3)] == [True, True, True]
    assert evaluated == ["sqs:SendMessage"]
    assert not may(role, Access("sqs:DeleteMessage", QUEUE))
    assert not may(role, Access("sqs:SendMessage", f"{QUEUE}-2"))
    assert evaluated == ["sqs:SendMessage", "sqs:DeleteMessage", "sqs:SendMessage"]


def test_an_inline_policy_counts_from_the_next_call(lab: Lab, client: Clients) -> None:
    role, iam = lab.role("worker"), client("iam")
    assert not may(role)
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=statement("Allow"))
    assert may(role)
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=statement("Deny"))
    assert not may(role)
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=statement("Allow"))
    assert may(role)
    iam.delete_role_policy(RoleName="worker", PolicyName="own")
    assert not may(role)


def test_a_managed_policy_s_default_version_counts_from_the_next_call(lab: Lab, client: Clients) -> None:
    role, iam = lab.role("worker"), client("iam")
    arn = iam.create_policy(PolicyName="shared", PolicyDocument=statement("Deny"))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    assert not may(role)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=statement("Allow"), SetAsDefault=True)
    assert may(role)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert not may(role)


def test_a_boundary_counts_from_the_next_call(lab: Lab, client: Clients) -> None:
    role, iam = lab.role("worker", allowing("sqs:*")), client("iam")
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=statement("Allow", Action="s3:*"))["Policy"]["Arn"]
    assert may(role)
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=arn)
    assert not may(role)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=statement("Allow"), SetAsDefault=True)
    assert may(role)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert not may(role)
    iam.delete_role_permissions_boundary(RoleName="worker")
    assert may(role)


def test_a_trust_policy_counts_from_the_next_call(lab: Lab, client: Clients) -> None:
    role, iam = lab.role("worker"), client("iam")
    assume = Access("sts:AssumeRole", role)
    assert service_may("lambda.amazonaws.com", assume, no_context)
    other = json.dumps(trusting({"Service": "scheduler.amazonaws.com"}))
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=other)
    assert not service_may("lambda.amazonaws.com", assume, no_context)
    iam.update_assume_role_policy(
        RoleName="worker", PolicyDocument=json.dumps(trusting({"Service": "lambda.amazonaws.com"}))
    )
    assert service_may("lambda.amazonaws.com", assume, no_context)


def test_a_role_that_is_deleted_and_created_again_is_another(lab: Lab, client: Clients) -> None:
    role, iam = lab.role("worker"), client("iam")
    for attached in iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="worker", PolicyArn=attached["PolicyArn"])
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=statement("Allow"))
    assert may(role)
    iam.delete_role_policy(RoleName="worker", PolicyName="own")
    iam.delete_role(RoleName="worker")
    assert not may(role)
    assert not service_may("lambda.amazonaws.com", Access("sts:AssumeRole", role), no_context)
    lab.role("worker", allowing("sqs:*"))
    assert may(role)


def test_a_queue_s_policy_counts_from_the_next_call(lab: Lab, client: Clients) -> None:
    url = client("sqs").create_queue(QueueName="work")["QueueUrl"]
    topics = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": QUEUE}
    policy = {"Version": "2012-10-17", "Statement": [topics]}
    assert not service_may("sns.amazonaws.com", SEND, no_context)
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    assert service_may("sns.amazonaws.com", SEND, no_context)
    topics["Effect"] = "Deny"
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    assert not service_may("sns.amazonaws.com", SEND, no_context)


def test_a_function_s_policy_counts_from_the_next_call(
    lab: Lab, client: Clients, create: Callable[..., dict[str, Any]]
) -> None:
    arn = create("def handler(event, context): return 1")["FunctionArn"]
    invoke = Access("lambda:InvokeFunction", arn)
    assert not service_may("s3.amazonaws.com", invoke, no_context)
    permission = {"FunctionName": "hello", "StatementId": "photos"}
    client("lambda").add_permission(**permission, Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    assert service_may("s3.amazonaws.com", invoke, no_context)
    client("lambda").remove_permission(**permission)
    assert not service_may("s3.amazonaws.com", invoke, no_context)


def test_a_condition_is_asked_each_time(lab: Lab) -> None:
    at_night = {"DateLessThan": {"aws:CurrentTime": "2026-01-01T06:00:00Z"}}
    policy = json.loads(statement("Allow", Condition=at_night))
    role = lab.role("worker", policy)
    assert may(role, **{"aws:currenttime": "2026-01-01T03:00:00Z"})
    assert not may(role, **{"aws:currenttime": "2026-01-01T09:00:00Z"})
    assert may(role, **{"aws:currenttime": "2026-01-01T05:00:00Z"})


def test_a_variable_is_filled_in_each_time(lab: Lab) -> None:
    resource = f"arn:aws:sqs:us-east-1:{ACCOUNT}:${{aws:PrincipalTag/team}}"
    role = lab.role("worker", json.loads(statement("Allow", Resource=resource)))
    assert may(role, **{"aws:principaltag/team": "work"})
    assert not may(role, **{"aws:principaltag/team": "play"})


def test_a_tag_counts_from_the_next_call(lab: Lab, client: Clients) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "cats"}}
    role = lab.role("worker", json.loads(statement("Allow", Condition=condition)))
    url = client("sqs").create_queue(QueueName="work")["QueueUrl"]
    assert not may(role)
    client("sqs").tag_queue(QueueUrl=url, Tags={"team": "cats"})
    assert may(role)
    client("sqs").untag_queue(QueueUrl=url, TagKeys=["team"])
    assert not may(role)


def test_a_new_account_has_none_of_the_old_one_s_roles_and_sessions(lab: Lab, client: Clients) -> None:
    role = lab.role("worker", allowing("sqs:*"))
    client("iam").update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trusting(MY_ACCOUNT)))
    key = client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]["AccessKeyId"]
    assert may(role)
    assert signer_of(key) is not None
    lab.reset()
    assert not may(role)
    assert signer_of(key) is None
