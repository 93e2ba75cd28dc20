"""What is connected to what in an account: what invokes which function, and where results go.

- `model.py`: resources and the arrows between them, as plain data with a text form
- `account.py`: reads them from an account, in the lab or on AWS, through boto3
- `service_wiring.py`: what the room of each service says about its wiring, in its own `wiring.py`
- `reading.py`: what all readers share
- `scope.py`: which resources are read; `everything.py`: all of them
- `arn_resources.py`: which resource an ARN names
- `labels.py`: the settings of an arrow, in a few words each

`lambdalab.show.diagram` draws it. What a function's code calls is in no setting, and not in the picture.
"""

from .account import read
from .everything import Listed
from .model import FUNCTION, Arrow, Resource, Way, Wiring
from .scope import Look

__all__ = ["FUNCTION", "Arrow", "Listed", "Look", "Resource", "Way", "Wiring", "read"]
