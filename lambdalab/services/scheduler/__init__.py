"""EventBridge Scheduler: one schedule, one target, a role that may call it.

- `backend.py`: the door into moto
- `schedules.py`: schedules, and what they send to their targets
- `universal_targets.py`: targets that are calls of an API
- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("scheduler", services=("scheduler",), moto=("scheduler",))
