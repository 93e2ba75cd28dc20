"""A function as moto stores it → a function as the engine runs it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from lambdalab.runtime import DeploymentPackage, Function

from .layers import packages


def engine_function(stored: Any) -> Function:
    """The engine's view of a `moto.awslambda.models.LambdaFunction`."""
    return Function(
        name=stored.function_name,
        arn=stored.function_arn,
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
        # Code is compared by the package itself; every update of the configuration moves this.
        revision=str(stored.last_modified),
    )
