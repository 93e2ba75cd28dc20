"""What is wired to what in an account: who calls which function, and where results go.

- `model.py`: things and the arrows between them, as plain data that can be told in words
- `account.py`: reads them out of an account, in the lab or on AWS, through boto3
- `functions.py`, `apis.py`, `pushing.py`: what it reads there, by how functions are reached; `reading.py`: how it asks
- `look.py`: which things are looked at
- `ends.py`: what an ARN is the ARN of
- `words.py`: the settings of an arrow, in a few words each

`lambdalab.show.diagram` draws it. What a function's code calls stands in no setting, and is not in it.
"""

from .account import read
from .model import FUNCTION, Arrow, Thing, Way, Wiring
from .scope import Listed, Look

__all__ = ["FUNCTION", "Arrow", "Listed", "Look", "Thing", "Way", "Wiring", "read"]
