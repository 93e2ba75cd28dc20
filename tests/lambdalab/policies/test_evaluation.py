"""What AWS documents of policies, one statement each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lambdalab.policies import Decision, Effect, MalformedPolicy, Policies, Principal, Request, evaluate, read

ROLE = "arn:aws:iam::123456789012:role/thumbnails"
SESSION = "arn:aws:sts::123456789012:assumed-role/thumbnails/make-thumbnail"
PRINCIPAL = Principal(SESSION, role=ROLE)
PHOTO = "arn:aws:s3:::photos/cats/tom.jpg"


def statement(
    effect: str = "Allow", action: Any = "s3:GetObject", resource: Any = PHOTO, **rest: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **rest}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Any:
    return read({"Version": version, "Statement": list(statements)}, "p")


def decide(
    *statements: dict[str, Any], version: str = "2012-10-17", action: str = "s3:GetObject", **rest: Any
) -> Decision:
    """The decision of one identity-based policy; `rest` is the request's context, with _ for the colon."""
    context = {key.replace("_", ":", 1).lower(): value for key, value in rest.items()}
    request = Request(PRINCIPAL, action, PHOTO, context)
    return evaluate(request, Policies(identity=(policy(*statements, version=version),)))


def test_nothing_is_allowed_that_nobody_allows() -> None:
    assert decide().effect is Effect.IMPLICITLY_DENIED


def test_a_deny_wins_over_every_allow() -> None:
    decision = decide(statement(), statement("Deny", "s3:*", "*", Sid="NoPhotos"))
    assert decision.effect is Effect.EXPLICITLY_DENIED
    assert (decision.kind, decision.policy) == ("identity-based policy", "p")
    assert decision.statement is not None
    assert decision.statement.sid == "NoPhotos"


def test_actions_are_compared_without_case_and_resources_with() -> None:
    assert decide(statement(action="S3:getobject"))
    assert not decide(statement(resource=PHOTO.replace("cats", "CATS")))


def test_an_action_s_wildcard_stays_within_its_service() -> None:
    assert decide(statement(action="s3:Get*"))
    assert not decide(statement(action="s*:GetObject"))


def test_a_resource_s_wildcard_does_not_reach_beyond_its_part() -> None:
    assert decide(statement(resource="arn:aws:s3:::*"))
    assert not decide(statement(resource="arn:*:photos/cats/tom.jpg"))


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("arn:aws:s3:::photos/${aws:PrincipalTag/team}/*", True),
        ("arn:aws:s3:::photos/${aws:username}/*", False),
        ("arn:aws:s3:::photos/${aws:username, 'cats'}/*", True),
        ("arn:aws:s3:::photos/${*}/tom.jpg", False),
    ],
)
def test_variables_in_resources(text: str, allowed: bool) -> None:
    assert bool(decide(statement(resource=text), **{"aws_PrincipalTag/team": "cats"})) is allowed


def test_a_variable_s_value_is_no_pattern() -> None:
    text = "arn:aws:s3:::photos/${aws:PrincipalTag/team}/*"
    assert not decide(statement(resource=text), **{"aws_PrincipalTag/team": "*"})


def test_in_the_old_version_of_the_language_variables_are_text() -> None:
    text = "arn:aws:s3:::photos/${aws:PrincipalTag/team}/*"
    assert not decide(statement(resource=text), version="2008-10-17", **{"aws_PrincipalTag/team": "cats"})


@pytest.mark.parametrize(
    ("operator", "value", "allowed"),
    [
        ("StringEquals", "${aws:username}", False),
        ("StringLike", "${aws:username}", False),
        ("StringNotEquals", "${aws:username}", True),
        ("StringNotLike", "${aws:username}", True),
    ],
)
def test_a_variable_without_a_value_is_like_nothing(operator: str, value: str, allowed: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value"""
    condition = {operator: {"aws:PrincipalTag/team": value}}
    assert bool(decide(statement(Condition=condition), **{"aws_PrincipalTag/team": "cats"})) is allowed


@pytest.mark.parametrize(
    ("operator", "value", "found", "holds"),
    [
        ("StringEquals", "cats", "cats", True),
        ("StringEquals", "c*", "cats", False),
        ("StringEquals", "a${*}b", "a*b", True),
        ("StringLike", "a${*}b", "axb", False),
        ("StringEqualsIgnoreCase", "CATS", "cats", True),
        ("StringLike", "c?t*", "cats", True),
        ("StringNotLike", ["dogs", "c*"], "cats", False),
        ("NumericLessThan", "10", "9.5", True),
        ("NumericLessThan", "10", "many", False),
        ("NumericNotEquals", "10", "11", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-11-23T12:00:00Z", True),
        ("DateGreaterThan", "2026-01-01", "2026-11-23T12:00:00Z", True),
        ("DateLessThan", "1767225600", "2025-12-31T23:59:59Z", True),
        ("Bool", "true", "true", True),
        ("Bool", "TRUE", "true", True),
        ("Bool", "false", "true", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "0.0.0.0/0", "203.0.113.7", True),
        ("NotIpAddress", "0.0.0.0/0", "203.0.113.7", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
        ("ArnLike", "arn:aws:s3:*:*:photos*", "arn:aws:s3:::photos/x:y", True),
        ("ArnEquals", "arn:aws:s3:::photos", "arn:aws:s3:::films", False),
        ("ArnLike", "arn:*", "arn:aws:s3:::photos", False),
        ("BinaryEquals", "cGhvdG8=", "cGhvdG8=", True),
        ("SoundsLike", "cats", "cats", False),
    ],
)
def test_operators(operator: str, value: Any, found: str, holds: bool) -> None:
    assert bool(decide(statement(Condition={operator: {"aws:Key": value}}), aws_Key=found)) is holds


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("NumericLessThan", False),
        ("NumericLessThanIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_operators_on_a_key_that_the_request_does_not_have(operator: str, holds: bool) -> None:
    assert bool(decide(statement(Condition={operator: {"aws:Key": "7"}}))) is holds


@pytest.mark.parametrize(
    ("value", "found", "holds"), [("true", None, True), ("false", None, False), ("false", "x", True)]
)
def test_null_asks_whether_a_key_is_there(value: str, found: str | None, holds: bool) -> None:
    context = {} if found is None else {"aws_Key": found}
    assert bool(decide(statement(Condition={"Null": {"aws:Key": value}}), **context)) is holds


@pytest.mark.parametrize(
    ("operator", "found", "holds"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringEquals", (), True),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
        ("ForAllValues:StringNotEquals", ("a", "c"), False),
    ],
)
def test_keys_with_several_values(operator: str, found: tuple[str, ...], holds: bool) -> None:
    assert bool(decide(statement(Condition={operator: {"aws:Key": ["a", "b"]}}), aws_Key=found)) is holds


def test_all_conditions_must_hold_and_one_of_their_values() -> None:
    condition = {"StringEquals": {"aws:One": ["x", "y"], "aws:Two": "z"}, "Bool": {"aws:SecureTransport": "true"}}
    assert decide(statement(Condition=condition), aws_One="y", aws_Two="z", aws_SecureTransport="true")
    assert not decide(statement(Condition=condition), aws_One="y", aws_Two="z", aws_SecureTransport="false")


# Limits and resources' policies -----------------------------------------------------------------------------------


def ask(**policies: Any) -> Decision:
    return evaluate(Request(PRINCIPAL, "s3:GetObject", PHOTO), Policies(**policies))


def test_a_boundary_allows_nothing_by_itself_and_limits_what_is_allowed() -> None:
    everything, nothing = policy(statement(resource="*", action="*")), policy()
    assert ask(identity=(everything,), boundary=(everything,))
    assert ask(boundary=(everything,)).kind == "identity-based policy"
    assert ask(identity=(everything,), boundary=(nothing,)).kind == "permissions boundary"
    assert ask(identity=(everything,), session=(nothing,)).kind == "session policy"


@pytest.mark.parametrize(
    ("named", "past_the_boundary", "past_the_role"),
    [
        (SESSION, True, True),  # the session itself: neither its role's policies nor their boundary matter
        (ROLE, False, True),  # its role: the boundary limits that
        ("*", True, True),
        ("123456789012", False, False),  # the account: who may is left to its own policies
        ("arn:aws:iam::123456789012:root", False, False),
        ("arn:aws:iam::123456789012:role/other", False, False),
    ],
)
def test_what_a_resource_s_policy_grants(named: str, past_the_boundary: bool, past_the_role: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html"""
    granting = policy(statement(Principal={"AWS": named}))
    assert bool(ask(resource=granting)) is past_the_role
    assert bool(ask(resource=granting, boundary=(policy(),))) is past_the_boundary


def test_a_service_needs_the_resource_s_policy() -> None:
    greet = "arn:aws:lambda:us-east-1:123456789012:function:greet"
    request = Request(
        Principal("s3.amazonaws.com"), "lambda:InvokeFunction", greet, {"aws:sourcearn": "arn:aws:s3:::photos"}
    )
    granting = statement(
        action="lambda:InvokeFunction",
        resource=greet,
        Principal={"Service": "s3.amazonaws.com"},
        Condition={"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::photos"}},
    )
    assert evaluate(request, Policies(resource=policy(granting)))
    assert not evaluate(request, Policies())
    other = {**granting, "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::films"}}}
    assert not evaluate(request, Policies(resource=policy(other)))


def test_another_account_s_resource_needs_both() -> None:
    request = Request(PRINCIPAL, "s3:GetObject", PHOTO, account="210987654321")
    mine, theirs = policy(statement()), policy(statement(Principal={"AWS": ROLE}))
    assert evaluate(request, Policies(identity=(mine,), resource=theirs))
    assert evaluate(request, Policies(identity=(mine,))).kind == "resource-based policy"
    assert evaluate(request, Policies(resource=theirs)).kind == "identity-based policy"


# Documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "Syntax errors in policy"),
        ("[]", "a policy is a JSON object"),
        ({"Statement": 7}, "neither an object nor a list"),
        ({"Statement": {"Effect": "Perhaps", "Action": "*"}}, "neither 'Allow' nor 'Deny'"),
        ({"Statement": {"Effect": "Allow"}}, "neither Action nor NotAction"),
        ({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}, "both Action and NotAction"),
        ({"Statement": {"Effect": "Allow", "Action": [7]}}, "neither a string nor a list of strings"),
        ({"Statement": {"Effect": "Allow", "Action": "*", "Condition": []}}, "Condition is not an object"),
        ({"Statement": {"Effect": "Allow", "Action": "*", "Principal": 7}}, "neither '*' nor an object"),
    ],
)
def test_what_is_no_policy_is_refused_in_words(document: Any, words: str) -> None:
    with pytest.raises(MalformedPolicy, match=words.replace("*", r"\*")):
        read(document)


@pytest.mark.parametrize(
    ("who", "own", "effect", "kind"),
    [
        (SESSION, False, Effect.ALLOWED, "role trust policy"),
        (ROLE, False, Effect.ALLOWED, "role trust policy"),
        ("arn:aws:iam::123456789012:root", False, Effect.IMPLICITLY_DENIED, "identity-based policy"),
        ("arn:aws:iam::123456789012:root", True, Effect.ALLOWED, "identity-based policy"),
        ("arn:aws:iam::123456789012:user/ada", True, Effect.IMPLICITLY_DENIED, "role trust policy"),
    ],
)
def test_a_role_is_for_those_whom_its_trust_policy_names(who: str, own: bool, effect: Effect, kind: str) -> None:
    """Naming the account leaves it to its users' and roles' own policies, which alone are not enough."""
    role = "arn:aws:iam::123456789012:role/other"
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    decision = evaluate(
        Request(PRINCIPAL, "sts:AssumeRole", role),
        Policies(
            identity=(policy({**assume, "Resource": role}),) if own else (),
            resource=policy({**assume, "Principal": {"AWS": who}}),
            trust=True,
        ),
    )
    assert (decision.effect, decision.kind) == (effect, kind)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(
                ["Effect", "Action", "Resource", "Condition", "Statement", "Principal", "StringLike", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_policy_or_refused(document: Any) -> None:
    try:
        found = read(document)
    except MalformedPolicy:
        return
    evaluate(Request(PRINCIPAL, "s3:GetObject", PHOTO), Policies(identity=(found,), resource=found))
