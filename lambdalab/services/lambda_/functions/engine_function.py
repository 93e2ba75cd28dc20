"""A function as moto stores it → a function as the engine runs it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from lambdalab.runtime import DeploymentPackage, Function, Level, LoggingConfig
from lambdalab.services.lambda_.api.names import LATEST
from lambdalab.services.lambda_.layers.operations import packages


def engine_function(stored: Any) -> Function:
    """The engine's view of a `moto.awslambda.models.LambdaFunction`."""
    return Function(
        name=stored.function_name,
        arn=_arn(stored),
        runtime=stored.run_time,
        handler=stored.handler or "",
        package=DeploymentPackage(stored.code_bytes),
        layers=packages(stored),
        version=str(stored.version),
        memory_mb=int(stored.memory_size),
        timeout_s=float(stored.timeout),
        environment=MappingProxyType({name: str(value) for name, value in (stored.environment_vars or {}).items()}),
        region=stored.region,
        role=stored.role,
        # Code is compared by the package itself; every update moves this.
        revision=stored.deployment.id,
        log_group=log_group(stored),
        logging=_logging(stored),
        snap_start=has_snap_start(stored),
    )


def running(stored: Any, now: float) -> Function:
    """What an invocation runs at this time of the lab's clock: while an update is under way, what was there before."""
    deployment = stored.deployment
    if deployment.before is not None and deployment.under_way(now):
        before: Function = deployment.before
        return before
    return engine_function(stored)


def _logging(stored: Any) -> LoggingConfig:
    """How the function logs; the levels count with LogFormat JSON only."""
    wanted = stored.settings.get("LoggingConfig", {})
    return LoggingConfig(
        json=wanted.get("LogFormat") == "JSON",
        application_level=Level[wanted.get("ApplicationLogLevel") or "INFO"],
        system_level=Level[wanted.get("SystemLogLevel") or "INFO"],
    )


def has_snap_start(stored: Any) -> bool:
    """Whether this is a version that is restored from a snapshot. $LATEST never is."""
    wanted = (stored.settings.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions"
    return wanted and str(stored.version) != LATEST


def log_group(stored: Any) -> str:
    """Where the function logs to."""
    group: str = stored.settings.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{stored.function_name}"
    return group


def _arn(stored: Any) -> str:
    """The function's ARN, the same for all of its versions."""
    return f"arn:aws:lambda:{stored.region}:{stored.account_id}:function:{stored.function_name}"
