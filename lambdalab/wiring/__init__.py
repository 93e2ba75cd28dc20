"""What is connected to what in an account: what invokes which function, and where results go.

- `model.py`: resources and the arrows between them, as plain data with a text form
- `account.py`: reads them from an account, in the lab or on AWS, through boto3
- `functions.py`, `apis.py`, `pushing.py`: what it reads, by how functions are reached; `reading.py`: how it asks
- `scope.py`: which resources are read
- `arn_resources.py`: what an ARN is the ARN of
- `labels.py`: the settings of an arrow, in a few words each

`lambdalab.show.diagram` draws it. What a function's code calls is in no setting, and not in the picture.
"""

from .account import read
from .model import FUNCTION, Arrow, Thing, Way, Wiring
from .scope import Listed, Look

__all__ = ["FUNCTION", "Arrow", "Listed", "Look", "Thing", "Way", "Wiring", "read"]
