"""Lambda's operations that moto answers otherwise than AWS. One module an idea; each has `seams(context)`.

- `invoke.py`: Invoke, and the way by which moto's services invoke
- `payload.py`: the event and the client context, checked
- `lifecycle.py`: packages are checked; the engine hears of updates and ends
- `layers.py`: layer versions, and the layers of a function
- `functions.py`: a function as moto stores it → a function as the engine runs it
- `urls.py`: function URLs, their configuration and what stands behind them
- `refusals.py`: what is not part of this lab says so
- `errors.py`: errors in Lambda's own form
- `context.py`: what they share
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import invoke, layers, lifecycle, urls
from .context import Context
from .refusals import refuse_the_rest

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change

__all__ = ["Context", "seams"]

_MODULES = (invoke, lifecycle, layers, urls)


def seams(context: Context) -> tuple[Change, ...]:
    """Every change to moto's Lambda."""
    changes = tuple(seam for module in _MODULES for seam in module.seams(context))
    return (*changes, *refuse_the_rest(changes))
