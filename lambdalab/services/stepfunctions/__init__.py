"""AWS Step Functions: state machines.

- `permissions.py`: the permissions that its calls need
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("stepfunctions", services=("states", "stepfunctions"))
