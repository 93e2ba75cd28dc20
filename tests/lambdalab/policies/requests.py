"""Requests and policies made by chance, near enough to each other that they meet: for comparison with an oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/thumbnails"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/thumbnails/make-thumbnail"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"

ACTIONS: dict[str, list[str]] = {
    "s3:GetObject": ["arn:aws:s3:::photos/cats/tom.jpg", "arn:aws:s3:::photos/ada/me.jpg", "arn:aws:s3:::films/a-b-c"],
    "s3:PutObject": ["arn:aws:s3:::photos/cats/tom.jpg", "arn:aws:s3:::thumbnails/tom.jpg"],
    "s3:ListBucket": ["arn:aws:s3:::photos", "arn:aws:s3:::films"],
    "s3:ListAllMyBuckets": ["*"],
    "dynamodb:GetItem": [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"],
    "dynamodb:PutItem": [
        f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders",
        f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/audit",
    ],
    "dynamodb:Query": [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders/index/by-day"],
    "sqs:SendMessage": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:work", f"arn:aws:sqs:us-east-1:{ACCOUNT}:work.fifo"],
    "sns:Publish": [f"arn:aws:sns:us-east-1:{ACCOUNT}:news"],
    "lambda:InvokeFunction": [
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:greet",
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:greet-all",
    ],
    "lambda:ListFunctions": ["*"],
    "logs:PutLogEvents": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/greet:log-stream:2026/11/23/1"],
    "logs:CreateLogGroup": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/greet"],
    "ssm:GetParameter": [f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/greet/language"],
    "kinesis:PutRecord": [f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks"],
    "events:PutEvents": [f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"],
    "secretsmanager:GetSecretValue": [f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-AbCdEf"],
    "kms:Decrypt": [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
    "sts:AssumeRole": [f"arn:aws:iam::{ACCOUNT}:role/photographer", f"arn:aws:iam::{ACCOUNT}:role/team/driver"],
}

CONTEXTS: dict[str, list[str | list[str]]] = {
    "aws:SourceIp": ["203.0.113.7", "198.51.100.1", "10.1.2.3"],
    "aws:CurrentTime": ["2026-11-23T12:00:00Z", "2025-01-01T00:00:00Z"],
    "aws:SecureTransport": ["true", "false"],
    "aws:MultiFactorAuthAge": ["100", "3600", "4000"],
    "aws:PrincipalTag/team": ["cats", "dogs", "ada"],
    "aws:UserAgent": ["Boto3/1.43", "curl/8"],
    "aws:Referer": ["photos/cats", "a*b"],
}

LEADING_KEYS: list[list[str]] = [["ada"], ["ada", "bob"], ["bob", "eve", "ada"], ["eve"]]
"""Of requests to DynamoDB: a key with several values."""

PATTERNS = {
    "dynamodb:LeadingKeys": (
        [
            f"{quantifier}:String{each}"
            for quantifier in ("ForAnyValue", "ForAllValues")
            for each in ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase")
        ],
        ["ada", "bob", "A?a", "?o?", "*", "${aws:username}"],
    ),
    "aws:SourceIp": (["IpAddress", "NotIpAddress"], ["203.0.113.0/24", "10.0.0.0/8", "198.51.100.1"]),
    "aws:CurrentTime": (
        [f"Date{each}" for each in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan")]
        + ["DateGreaterThanEquals"],
        ["2026-11-23T12:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2025-01-01T00:00:00Z"],
    ),
    "aws:SecureTransport": (["Bool"], ["true", "false", "True"]),
    "aws:MultiFactorAuthAge": (
        [f"Numeric{each}" for each in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan")]
        + ["NumericGreaterThanEquals"],
        ["100", "3600", "3601", "-5"],
    ),
    "aws:PrincipalTag/team": (
        [
            f"String{each}"
            for each in ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase", "NotEqualsIgnoreCase")
        ],
        ["cats", "CATS", "c*", "?ogs", "${aws:username}", "${aws:username, 'cats'}", "birds"],
    ),
    "aws:UserAgent": (["StringLike", "StringNotLike", "StringEquals"], ["Boto3/*", "*", "curl/?", "curl/8", "${*}"]),
    "aws:Referer": (
        ["StringEquals", "StringLike", "StringNotEquals"],
        ["photos/*", "a*b", "photos/${aws:PrincipalTag/team}", "axb"],
    ),
    "aws:PrincipalArn": (
        ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringEquals", "StringLike"],
        [ROLE, USER, "arn:aws:iam::*:role/*", "arn:aws:iam::*", f"arn:*:iam::{ACCOUNT}:user/a?a"],
    ),
}


def a_simulation(dice: random.Random) -> dict[str, Any]:
    """A request, and the policies that apply to it, as the oracle takes them."""
    action = dice.choice(list(ACTIONS))
    resource = dice.choice(ACTIONS[action])
    principal = dice.choice([USER, SESSION])
    owner = dice.choices([ACCOUNT, OTHER_ACCOUNT], [9, 1])[0] if resource != "*" else ACCOUNT
    simulation: dict[str, Any] = {
        "request": {
            "principal": principal,
            "action": action,
            "resource": {"resource": resource, "accountId": owner},
            "contextVariables": _context(dice, principal, action),
        },
        "identityPolicies": [
            {"name": f"identity-{number}", "policy": _policy(dice, action, resource)}
            for number in range(dice.choice([0, 1, 1, 1, 2]))
        ],
    }
    if dice.random() < 0.3:
        simulation["permissionBoundaryPolicies"] = [{"name": "limit", "policy": _policy(dice, action, resource)}]
    if action == "sts:AssumeRole":  # there is no role without a trust policy
        simulation["resourcePolicy"] = _policy(dice, action, resource, of_resource=True, trust=True)
    elif resource != "*" and (action.startswith("kms:") or dice.random() < 0.4):  # nor a key without a policy
        simulation["resourcePolicy"] = _policy(dice, action, resource, of_resource=True)
    elif dice.random() < 0.15 and principal == SESSION:
        simulation["sessionPolicy"] = _policy(dice, action, resource)
    return simulation


def _context(dice: random.Random, principal: str, action: str) -> dict[str, str | list[str]]:
    context = {key: dice.choice(values) for key, values in CONTEXTS.items() if dice.random() < 0.7}
    context["aws:PrincipalArn"] = ROLE if principal == SESSION else USER
    if principal == USER:
        context["aws:username"] = "ada"
    if action.startswith("dynamodb:") and dice.random() < 0.7:
        context["dynamodb:LeadingKeys"] = dice.choice(LEADING_KEYS)
    return context


def _policy(
    dice: random.Random, action: str, resource: str, *, of_resource: bool = False, trust: bool = False
) -> dict[str, Any]:
    count = dice.choice([1, 1, 2, 3])
    statements = [_statement(dice, action, resource, of_resource=of_resource) for _ in range(count)]
    if trust:  # it names no resource: that is the role
        for each in statements:
            each.pop("Resource", None)
            each.pop("NotResource", None)
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(dice: random.Random, action: str, resource: str, *, of_resource: bool) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": dice.choices(["Allow", "Deny"], [4, 1])[0]}
    statement[dice.choices(["Action", "NotAction"], [9, 1])[0]] = _one_or_more(dice, lambda: _action(dice, action))
    statement[dice.choices(["Resource", "NotResource"], [9, 1])[0]] = _one_or_more(
        dice, lambda: _resource(dice, resource)
    )
    if of_resource:
        principals = [USER, SESSION, ROLE, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", OTHER_ACCOUNT]
        # NotPrincipal with Allow is for nobody to write; IAM takes it with Deny.
        element = "NotPrincipal" if statement["Effect"] == "Deny" and dice.random() < 0.2 else "Principal"
        if element == "NotPrincipal":
            principals = [USER, SESSION, ROLE]
        named: Any = {"AWS": _one_or_more(dice, lambda: dice.choice(principals))}
        statement[element] = dice.choice([named, named, named, "*"]) if element == "Principal" else named
    if dice.random() < 0.5:
        statement["Condition"] = _condition(dice, action)
    return statement


def _one_or_more(dice: random.Random, make: Any) -> Any:
    values = [make() for _ in range(dice.choice([1, 1, 1, 2, 3]))]
    return values[0] if len(values) == 1 and dice.random() < 0.5 else values


def _action(dice: random.Random, action: str) -> str:
    service, name = action.split(":")
    return dice.choice(
        [
            action,
            f"{service}:*",
            "*",
            f"{service}:{name[:3]}*",
            f"{service}:?{name[1:]}",
            f"{service.upper()}:{name.lower()}",
            dice.choice(list(ACTIONS)),
            f"{service}:*{name[-4:]}",
        ]
    )


def _resource(dice: random.Random, resource: str) -> str:
    if resource == "*":
        return "*"
    parts = resource.split(":", 5)
    place = dice.choice([index for index in range(1, 6) if parts[index]])
    changed = list(parts)
    text = parts[place]
    # Not in the kind of resource ("table/"): the other implementation wants that spelled out.
    cut = dice.randrange(len(text)) if place < 5 else dice.randrange(_after_kind(text), len(text))
    changed[place] = dice.choice(
        [
            f"{text[:cut]}*",
            f"{text[: _after_kind(text) if place == 5 else 0]}*{text[cut:]}",
            f"{text[:cut]}?{text[cut + 1 :]}",
            "*",
            text + "x",
        ]
    )
    return dice.choice(
        [
            resource,
            resource,
            ":".join(changed),
            ":".join(changed),
            "*",
            dice.choice([each for all_of in ACTIONS.values() for each in all_of]),
            "arn:aws:s3:::photos/${aws:username}/*",
            "arn:aws:s3:::photos/${aws:PrincipalTag/team}/*",
            "arn:aws:s3:::photos/${aws:PrincipalTag/team, 'cats'}/*",
        ]
    )


def _condition(dice: random.Random, action: str) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    for _ in range(dice.choice([1, 1, 2])):
        key = dice.choice([each for each in PATTERNS if each.startswith("aws:") or action.startswith("dynamodb:")])
        operators, values = PATTERNS[key]
        if dice.random() < 0.1:
            condition["Null"] = {key: dice.choice(["true", "false"])}
            continue
        operator = dice.choice(operators) + ("IfExists" if dice.random() < 0.2 else "")
        # The two disagree on a variable without a value in an operator that says "not": AWS documents what ours does.
        usable = [value for value in values if "Not" not in operator or "${" not in value]
        condition[operator] = {key: _one_or_more(dice, lambda usable=usable: dice.choice(usable))}
    return condition


def _after_kind(resource: str) -> int:
    """Where the name of a resource begins, after its kind."""
    return min((resource.index(mark) + 1 for mark in ":/" if mark in resource), default=0)
