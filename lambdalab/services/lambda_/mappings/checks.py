"""What a mapping's function and destination must allow, and which settings the lab has. The rest is its source's.

Wording as AWS's where it is known, from its documentation and from published answers. The lab refuses a source or a
setting that it does not have in its own words (NotPartOfThisLab).
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.polled import FunctionToCheck, InvalidParameterValue, NotInThisLab
from lambdalab.event_patterns.mapping_filters import check_filter
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.unsupported import not_part_of_this_lab
from lambdalab.services.lambda_.functions.execution_role import needed_for_destination

from .settings import UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdalab.authorization import Enforcement
    from lambdalab.authorization.access import Access
    from lambdalab.delivery.polled import EventSource

_ON_FAILURE = ("sqs", "sns", "s3")
"""The services that a mapping's on-failure destination can be of."""


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """A source's refusals become errors of the API."""
    try:
        yield
    except InvalidParameterValue as refusal:
        raise error("InvalidParameterValueException", str(refusal)) from None
    except NotInThisLab as refusal:
        raise not_part_of_this_lab(str(refusal)) from None


def check_settings(source: EventSource, source_arn: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings that do not fit the source or each other. `settings` are those that the mapping would have."""
    for name, feature in UNSUPPORTED.items():
        if settings.get(name) and name not in source.own_settings:
            raise NotInThisLab(f"{feature} ({name})")
    for each in (settings.get("FilterCriteria") or {}).get("Filters") or []:
        try:
            check_filter(source.record_format, each.get("Pattern") or "{}")
        except ValueError as problem:
            raise InvalidParameterValue(str(problem)) from None
    source.check_settings(source_arn, settings)


def check_function(
    enforcement: Enforcement, source: EventSource, source_arn: str, function: Any, settings: Mapping[str, Any]
) -> None:
    """Refuse a source that does not exist, and a function whose role may not read it or send to the destination."""

    def role_allows(access: Access) -> bool:
        return enforcement.role_allows(function.role, function.function_arn, access)

    source.check_access(source_arn, FunctionToCheck(int(function.timeout), role_allows))
    if on_failure := ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"):
        if destinations.service_of(on_failure) not in _ON_FAILURE or on_failure.endswith(".fifo"):
            raise InvalidParameterValue(
                f"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure("
                f"destination={on_failure})) is invalid."
            )
        if not destinations.exists(on_failure, function.account_id):
            raise InvalidParameterValue(f"The destination ARN {on_failure} is invalid.")
        needed = needed_for_destination(on_failure)
        if not role_allows(needed):
            action = needed.action.partition(":")[2]
            raise InvalidParameterValue(
                f"The function execution role does not have permissions to call {action} on {on_failure}"
            )
