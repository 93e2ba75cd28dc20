"""EventBridge Scheduler: one schedule, one target, a role that may call it.

- `backend.py`: schedules, as moto keeps them; `patches.py`: every change to moto's Scheduler
- `operations.py`: which schedules Scheduler accepts, and when they run
- `executions.py`: at its time, a schedule calls its target
- `permissions.py`: the permissions that its calls need
- `universal_targets.py`: targets that are calls to an API
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("scheduler", services=("scheduler",), moto=("scheduler",))
