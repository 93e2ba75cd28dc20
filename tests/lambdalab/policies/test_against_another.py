"""Our decisions against those of another implementation, over thousands of requests and policies made by chance.

The other is @cloud-copilot/iam-simulate, which knows the actions, resource types and condition keys of each service. It
is installed for this test only, and no part of what we ship. What is made by chance is the same in each run.

Where the two differ, `requests.py` makes no such case, and `test_evaluation.py` states what AWS documents: variables in
policies of the old version, variables without a value under an operator that says "not", the network 0.0.0.0/0, and a
session policy together with a resource's policy that names the session.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from lambdalab.policies import Policies, Principal, Request, evaluate, read

from .requests import ROLE, SESSION, a_simulation

ROOT = Path(__file__).parents[3]
PAIRS = 6000


def ours(simulation: dict[str, Any]) -> str:
    request = simulation["request"]

    def all_of(name: str) -> tuple[Any, ...] | None:
        found = simulation.get(name)
        return None if found is None else tuple(read(each["policy"], each["name"]) for each in found)

    session = simulation.get("sessionPolicy")
    of_resource = simulation.get("resourcePolicy")
    decision = evaluate(
        Request(
            principal=Principal(request["principal"], role=ROLE if request["principal"] == SESSION else ""),
            action=request["action"],
            resource=request["resource"]["resource"],
            context={
                key.lower(): value if isinstance(value, str) else tuple(value)
                for key, value in request["contextVariables"].items()
            },
            account=request["resource"]["accountId"],
        ),
        Policies(
            identity=all_of("identityPolicies") or (),
            boundary=all_of("permissionBoundaryPolicies"),
            session=None if session is None else (read(session),),
            resource=None if of_resource is None else read(of_resource),
            trust=request["action"] == "sts:AssumeRole",
            key=request["action"].startswith("kms:"),
        ),
    )
    return decision.effect.value


def theirs(simulations: list[dict[str, Any]]) -> list[str]:
    node = shutil.which("node")
    assert node is not None
    oracle = Path(__file__).with_name("oracle.mjs")
    done = subprocess.run(
        [node, str(oracle)], input=json.dumps(simulations), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.splitlines()


def test_decisions_agree_with_another_implementation() -> None:
    dice = random.Random(2026)
    simulations = [a_simulation(dice) for _ in range(PAIRS)]
    answers = theirs(simulations)
    assert len(answers) == PAIRS
    disagreements = [
        (answer, decision, simulation)
        for answer, simulation in zip(answers, simulations, strict=True)
        if (decision := ours(simulation)) != answer
    ]
    assert not disagreements, f"{len(disagreements)} of {PAIRS}, the first: " + json.dumps(disagreements[0], indent=1)
    counts = Counter(answers)
    print(f"{PAIRS} pairs of a request and its policies, no disagreement: {dict(counts)}")
    assert min(counts[each] for each in ("Allowed", "ExplicitlyDenied", "ImplicitlyDenied")) > PAIRS / 10
