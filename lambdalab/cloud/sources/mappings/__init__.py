"""Event source mappings: Create-, Get-, List-, Update- and DeleteEventSourceMapping, and what then polls.

- `operations.py`: the five operations
- `checks.py`: what a mapping may say, by its source, and what its function's role must allow
- `stored.py`: a mapping as it is kept and shown
- `polling.py`: the poller of a mapping

moto keeps the mappings, with an object of ours at each; what moto invokes for them itself is switched off in `sqs.py`,
`dynamodb.py` and `kinesis.py`.
"""

from .operations import seams

__all__ = ["seams"]
