"""What a refused call answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal(call: Callable[..., Any], **request: Any) -> tuple[int, str, str]:
    """Status, code and message of the error that the call must answer."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    status: int = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]
