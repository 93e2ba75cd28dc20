"""Amazon CloudWatch Logs: subscriptions and filter patterns.

- `backend.py`: the door into moto
- `subscriptions.py`: what is written to a log group goes to its subscribers
- `filter_patterns.py`: whether a log event matches a filter pattern
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("logs", services=("logs",), moto=("logs",))
