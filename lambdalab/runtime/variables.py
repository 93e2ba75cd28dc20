"""The environment variables of a function: the same, whatever its execution environment is made of.

Later ones win: what an environment has by itself, what the lab adds (credentials, addresses), what the function's
configuration says, and last what AWS reserves, which nobody changes.
Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .environment import SNAP_START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .environment import Environment
    from .logs.log_level import LoggingConfig
    from .processes.folders import Folders


def variables_of(environment: Environment, folders: Folders, added: Mapping[str, str]) -> dict[str, str]:
    """The variables that the function's code sees in this environment. `added`: what this kind of environment adds."""
    function = environment.function
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **({} if folders.machines else {"TMPDIR": str(folders.tmp)}),  # AWS has none
        **added,
        **function.environment,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": environment.initialization_type,
        **_log(environment),
        **_log_format(environment.function.logging),
        "LAMBDA_TASK_ROOT": str(folders.task),
        "LAMBDA_RUNTIME_DIR": str(folders.runtime),
        "_HANDLER": function.handler,
    }


def _log_format(logging: LoggingConfig) -> dict[str, str]:
    """What runtime clients write, and from which level on."""
    if not logging.json:
        return {}
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": logging.application_level.name}


def _log(environment: Environment) -> dict[str, str]:
    """Where the log goes. Not with SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-monitoring.html"""
    if environment.initialization_type == SNAP_START:
        return {}
    return {
        "AWS_LAMBDA_LOG_GROUP_NAME": environment.function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": environment.log_stream,
    }
