"""Operations of Lambda that are not part of this lab: refused in a sentence, never with a 404 or a page of HTML.

AWS's model, which comes with botocore, knows all operations. Those that neither moto nor another module of this
package has are added here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from lambdalab.moto_patches import AddedOperation
from lambdalab.services.lambda_.backend import LambdaResponse, service_model
from lambdalab.unsupported import CODE, STATUS

from .errors import error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdalab.moto_patches import Change

_FEATURES = (
    # A word of the operation's name, and what AWS calls the feature.
    ("Durable", "durable functions"),
    ("CapacityProvider", "Lambda Managed Instances"),
    ("FunctionScalingConfig", "Lambda Managed Instances"),
    ("CodeSigning", "code signing"),
    ("ResourcePolicy", "resource policies as documents; AddPermission, GetPolicy and RemovePermission are there"),
    ("RuntimeManagementConfig", "runtime updates"),
)


_refused: set[str] = set()
"""The operations that the lab that runs refuses, by AWS's names."""


@dataclass(frozen=True)
class Refusal(AddedOperation):
    """An operation that is known and refused."""

    @property
    def path(self) -> str:
        """As any operation's, but an ARN in it may hold slashes."""
        return super().path.replace("[^/]+", ".+")

    def apply(self) -> Callable[[], None]:
        """Add the operation, and remember that it is refused: each request asks for that."""
        undo = super().apply()
        _refused.add(self.operation)

        def undo_all() -> None:
            _refused.discard(self.operation)
            undo()

        return undo_all


def refuse_the_rest(changes: Iterable[Change]) -> tuple[Refusal, ...]:
    """A refusal for each operation that would be missing after these changes to moto."""
    taken = {change.operation for change in changes if isinstance(change, AddedOperation)}
    refusals = (Refusal(name, _refuse(name)) for name in service_model().operation_names)
    return tuple(
        refusal
        for refusal in refusals
        if refusal.operation not in taken and not hasattr(LambdaResponse, refusal.method)
    )


def not_part_of_this_lab(what: str) -> Exception:
    """The refusal of a part of an operation: "Tumbling windows"."""
    return error(CODE, f"{what} is not part of this lab.", status=STATUS)


def is_refused(operation: str) -> bool:
    """Whether this operation, by AWS's name, is not part of the lab that runs."""
    return operation in _refused


def _refuse(operation: str) -> Callable[[Any], NoReturn]:
    feature = next((f" ({feature})" for word, feature in _FEATURES if word in operation), "")

    def refuse(response: Any) -> NoReturn:
        raise error(CODE, f"{operation}{feature} is not part of this lab.", status=STATUS)

    return refuse
