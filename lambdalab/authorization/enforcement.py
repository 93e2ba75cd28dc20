"""Stands in moto's way of answering: asks whether the one who signed may, and refuses if not.

moto asks one method before each operation whether it may go on, and does nothing there unless told to. The lab answers
instead, in the server and in the page alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from lambdalab.moto_patches import Patch
from lambdalab.policies import ANYBODY, Policies, Principal, Request, evaluate
from lambdalab.services.s3 import permissions as s3

from . import condition_keys as context
from . import denial_response as reply
from . import denials as refusals
from . import parameters
from . import resource_attributes as attributes
from . import resource_policies as resources
from .access_report import Used
from .actions import Call, Question, questions
from .principals import of_role, reader, session_arn, signer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdalab.policies import Decision
    from lambdalab.runtime import Function

    from .principals import Signer

_BECOMING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
"""What a role's trust policy is about."""
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")


class Enforcement:
    """One for a lab."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives the lab's time, in seconds since 1970."""
        self._now = now
        self.used = Used()

    def patches(self) -> tuple[Patch, ...]:
        """The change to moto."""
        return (
            Patch(
                "moto.core.authorization",
                "ActionAuthenticatorMixin",
                "_authenticate_and_authorize_action",
                ("self", "iam_request_cls", "resource"),
                lambda original: self._authorize(),
                "moto does not enforce policies; what it can enforce knows no conditions and few resources",
            ),
        )

    def _authorize(self) -> Callable[..., None]:
        def authorize(response: Any, iam_request_cls: type, resource: str = "*") -> None:
            signer = _signer(response)
            if signer is None:
                return
            call = _call(response)
            asked = s3.asked(response, resource) if call.service == "s3" else questions(call)
            own = context.of_request(call, response.headers, now=self._now())
            refused = self.check(signer, asked, own)
            if refused is not None:
                reply.refuse(response, *refusals.code(call.service), refusals.words(call, signer.principal, *refused))

        return authorize

    def allows(self, response: Any, question: Question) -> bool:
        """Whether whoever signed a request may do this part of it; for what is not refused as a whole."""
        signer = _signer(response)
        own = context.of_request(_call(response), response.headers, now=self._now())
        return signer is None or self.check(signer, [question], own) is None

    def check(
        self, signer: Signer, asked: Iterable[Question], own: context.Context
    ) -> tuple[Question, Decision] | None:
        """The first question that is answered with no, and why; None if all is allowed."""
        allowed = []
        for question in asked:
            decision = decide(signer, question, own)
            if not decision:
                return question, decision
            allowed.append(question)
        if signer.principal.role:
            for question in allowed:
                self.used.note(signer.principal.arn, question)
        return None

    def role_may(self, role: str, function_arn: str, *asked: Question) -> bool:
        """Whether Lambda may do this with a function's role, and does it: it counts as used."""
        return self.check(*self._with_role(role, function_arn, asked)) is None

    def role_allows(self, role: str, function_arn: str, question: Question) -> bool:
        """Whether Lambda might do this with a function's role."""
        signer, _, own = self._with_role(role, function_arn, ())
        return bool(decide(signer, question, own))

    def _with_role(
        self, role: str, function_arn: str, asked: Iterable[Question]
    ) -> tuple[Signer, Iterable[Question], context.Context]:
        _, _, _, region, _, _, name = function_arn.split(":")[:7]
        return of_role(role, name), asked, context.of_service(region, now=self._now())

    def may_log(self, function: Function, operation: str, stream: str) -> bool:
        """Whether a function's role allows Lambda to write its log (`lambdalab.monitoring.logs.MayWrite`)."""
        names = {"logGroupName": function.log_group, "logStreamName": stream}
        call = Call("logs", operation, names.get, function.region, function.arn.split(":")[4])
        return self.role_may(function.role, function.arn, *questions(call))

    def lambda_may_become(self, role: str, function_arn: str) -> bool:
        """Whether there is this role, and its trust policy lets Lambda in for this function."""
        _, _, _, region, account, _ = function_arn.split(":", 5)
        own = context.of_service(region, now=self._now())
        own |= {"aws:sourceaccount": account, "aws:sourcearn": function_arn}
        return service_may("lambda.amazonaws.com", Question("sts:AssumeRole", role), own)

    def may_invoke(self, service: str, function_arn: str, source_arn: str, account: str) -> bool:
        """Whether a service may invoke a function in its own name: for a bucket, a topic or a log group of its own."""
        return self.service_may(service, "lambda:InvokeFunction", function_arn, source_arn, account)

    def service_may(self, service: str, action: str, resource_arn: str, source_arn: str, account: str) -> bool:
        """Whether a resource's policy lets a service do something in its own name: S3 send to a queue."""
        own = context.of_service(resource_arn.split(":")[3], now=self._now())
        own |= {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
        return service_may(service, Question(action, resource_arn), own)

    def service_may_become(self, service: str, role: str, source_arn: str) -> bool:
        """Whether there is this role, and its trust policy lets a service in for one of its resources."""
        _, _, _, region, account, _ = source_arn.split(":", 5)
        own = context.of_service(region, now=self._now())
        own |= {"aws:sourceaccount": account, "aws:sourcearn": source_arn}
        return service_may(service, Question("sts:AssumeRole", role), own)

    def role_of_service_may(self, role: str, source_arn: str, *asked: Question) -> bool:
        """Whether a service that has become a role may do something with it."""
        own = context.of_service(source_arn.split(":")[3], now=self._now())
        return self.check(of_role(role, source_arn.rpartition("/")[2]), asked, own) is None

    def may_use_url(self, function_arn: str, auth_type: str, access_key_id: str | None) -> bool:
        """Whether a request to a function's URL is let in. None: it is not signed, and from anybody.

        That takes two permissions since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        """
        own = context.of_service(function_arn.split(":")[3], now=self._now())
        own |= {"lambda:functionurlauthtype": auth_type, "lambda:invokedviafunctionurl": "true"}
        asked = [Question(f"lambda:{action}", function_arn) for action in ("InvokeFunctionUrl", "InvokeFunction")]
        if access_key_id is None:
            return all(service_may(ANYBODY, question, own) for question in asked)
        signer = signer_of(access_key_id)
        return signer is None or self.check(signer, asked, own) is None

    def may_call_api(self, access_key_id: str, api_arn: str) -> bool:
        """Whether who signs with this key may call a route or a method of an API (IAM authorization)."""
        signer = signer_of(access_key_id)
        own = context.of_service(api_arn.split(":")[3], now=self._now())
        return signer is None or self.check(signer, [Question("execute-api:Invoke", api_arn)], own) is None

    def everybody_may_read(self, object_arn: str) -> bool:
        """Whether a bucket's policy lets anybody read an object."""
        return service_may(ANYBODY, Question("s3:GetObject", object_arn), {})

    def policy_used(self, role: str, function_name: str) -> dict[str, Any]:
        """The least policy that allows what a function did with this role."""
        return self.used.policy(session_arn(role, function_name))


def decide(signer: Signer, question: Question, own: context.Context) -> Decision:
    """What policies say to one question."""
    request = Request(
        signer.principal,
        question.action,
        question.resource,
        {**attributes.of(question.resource), **own, **signer.context, **question.context},
        account=resources.owner_of(question.resource, signer.principal.account),
    )
    policy = resources.policy_of(question.resource)
    return evaluate(
        request,
        Policies(
            identity=signer.identity,
            boundary=signer.boundary,
            session=signer.session,
            resource=policy,
            trust=question.action in _BECOMING,
            key=policy is not None and question.resource.startswith("arn:aws:kms:"),
        ),
    )


def service_may(service: str, question: Question, own: context.Context) -> bool:
    """Whether the policy of a resource lets a service in, for instance s3.amazonaws.com."""
    request = Request(Principal(service), question.action, question.resource, {**own, **question.context})
    return bool(evaluate(request, Policies(resource=resources.policy_of(question.resource))))


def access_key(headers: Any, url: str) -> str:
    """The access key id that signed a request, in its header or in its presigned URL; empty if nobody did."""
    if found := _CREDENTIAL.search(headers.get("Authorization") or ""):
        return found[1]
    query = parse_qs(urlsplit(url).query)
    credential = query.get("X-Amz-Credential") or query.get("AWSAccessKeyId") or [""]
    return credential[0].partition("/")[0]


def _signer(response: Any) -> Signer | None:
    """Who is held to policies for this request; None if nobody is."""
    key = access_key(response.headers, response.uri)
    signer = signer_of(key) if key else None
    if signer is None and _becomes_a_role(response):
        return reader(response.backend.get_caller_identity(key, response.region)[1])
    return signer


def _becomes_a_role(response: Any) -> bool:
    """Even an administrator becomes a role only if it trusts their account."""
    return bool(response.service_name == "sts" and response._get_action() == "AssumeRole")


def _call(response: Any) -> Call:
    """The request, as moto has read it."""
    service = str(response.boto3_service_name or response.service_name)
    operation = "" if service == "s3" else str(response._get_action())
    return Call(
        service={"stepfunctions": "states"}.get(service, service),
        operation=operation,
        get=parameters.of(response, service, operation),
        region=str(response.region),
        account=str(response.current_account),
    )
