""" "No", as each service says it.

The sentence is the same everywhere, and names who asked, the action, the resource and the kind of policy that decided.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
But for Lambda, when it may not read a package in S3 for its caller: it hands on S3's "no" in a sentence of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.policies import Effect

from .actions import code_in_s3

if TYPE_CHECKING:
    from lambdalab.policies import Decision, Principal

    from .actions import Call, Question


def _as_said(action: str) -> str:
    """The action, as its service writes it in the message."""
    if action.startswith("sqs:"):
        return action.lower()
    return action.replace("sns:", "SNS:", 1)


def words(call: Call, principal: Principal, question: Question, decision: Decision) -> str:
    """What the service says to a call for which this was refused."""
    source = code_in_s3(call) if call.service == "lambda" and question.action.startswith("s3:") else None
    if source:
        return (
            "Your access has been denied by S3, please make sure your request credentials have permission to GetObject "
            f"for {source.bucket}/{source.key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"
        )
    return sentence(principal, question, decision)


def sentence(principal: Principal, question: Question, decision: Decision) -> str:
    """Why a request was refused."""
    service = question.action.partition(":")[0]
    action = _as_said(question.action)
    resource = f'"{question.resource}"' if service == "s3" else question.resource
    said = f"User: {principal.arn} is not authorized to perform: {action}"
    if question.resource != "*" or service not in _SILENT_ABOUT_NO_RESOURCE:
        said += f" on resource: {resource}"
    article = {"i": "an", "r": "the" if "trust" in decision.kind else "a"}.get(decision.kind[0], "a")
    if decision.effect is Effect.EXPLICITLY_DENIED:
        return f"{said} with an explicit deny in {article} {decision.kind}"
    return f"{said} because no {decision.kind} allows the {action} action"


_SILENT_ABOUT_NO_RESOURCE = ("s3",)

CODES = {
    "s3": ("AccessDenied", 403),
    "iam": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "cloudwatch": ("AccessDenied", 403),
    "monitoring": ("AccessDenied", 403),
    "cloudformation": ("AccessDenied", 403),
    "sqs": ("AccessDenied", 403),
    "sns": ("AuthorizationError", 403),
    "lambda": ("AccessDeniedException", 403),
    "scheduler": ("AccessDeniedException", 403),
    "apigateway": ("AccessDeniedException", 403),
    "xray": ("AccessDeniedException", 403),
}
"""The error code and the status, where they are not those of the JSON services."""
OF_JSON_SERVICES = ("AccessDeniedException", 400)


def code(service: str) -> tuple[str, int]:
    """How this service says "no": error code and HTTP status."""
    return CODES.get(service, OF_JSON_SERVICES)
