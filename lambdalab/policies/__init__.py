"""What IAM policies say about a request: AWS's evaluation of policies, as a pure function.

Nothing here knows of moto, HTTP or the lab; `lambdalab.authorization` asks, for each request that reaches the lab.

    documents.py    a policy's JSON, read into statements
    patterns.py     wildcards and variables, in actions, resources and values
    conditions.py   condition operators
    evaluation.py   from statements to a decision, and why

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from .documents import MalformedPolicy, Policy, Statement, read
from .evaluation import ANYBODY, Decision, Effect, Policies, Principal, Request, evaluate

__all__ = [
    "ANYBODY",
    "Decision",
    "Effect",
    "MalformedPolicy",
    "Policies",
    "Policy",
    "Principal",
    "Request",
    "Statement",
    "evaluate",
    "read",
]
