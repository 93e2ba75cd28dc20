"""Operations that AWS's model has and moto lacks: refused in words, in every service.

moto answers such a call with a 500 and a page of HTML, which an SDK retries and cannot read. (Lambda's own operations:
lambdalab/services/lambda_/api/unsupported.py.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.authorization import moto_core
from lambdalab.moto_patches import Patch
from lambdalab.unsupported import CODE, STATUS

if TYPE_CHECKING:
    from collections.abc import Callable


def patches() -> tuple[Patch, ...]:
    """The change to moto. It comes first: some services put their own before each operation."""
    return (
        Patch(
            "moto.core.responses",
            "BaseResponse",
            "call_action",
            ("self",),
            _refusing_operations,
            "moto answers an operation that it lacks with a page of HTML",
        ),
    )


def _refusing_operations(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(response: Any) -> Any:
        try:
            return original(response)
        except NotImplementedError:
            operation = str(response._get_action())
            if not _lacks(response, operation):
                raise
            return moto_core.error(response, CODE, STATUS, f"{operation} is not part of this lab.")

    return call_action


def _lacks(response: Any, operation: str) -> bool:
    """Whether AWS has this operation, and moto does not. (Else it has begun one that it cannot finish.)"""
    from moto.core.utils import camelcase_to_underscores, get_service_model

    known = operation in get_service_model(response.boto3_service_name).operation_names
    return known and not hasattr(response, camelcase_to_underscores(operation))
