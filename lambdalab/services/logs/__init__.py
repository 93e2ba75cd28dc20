"""Amazon CloudWatch Logs: subscriptions and filter patterns.

- `backend.py`: log groups and subscriptions, as moto keeps them; `patches.py`: every change to moto's CloudWatch Logs
- `subscriptions.py`: what is written to a log group goes to its subscribers
- `log_events.py`: what FilterLogEvents finds
- `filter_patterns.py`: whether a log event matches a filter pattern
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need
- `destination.py`: log groups as targets of EventBridge
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("logs", services=("logs",), moto=("logs",))
