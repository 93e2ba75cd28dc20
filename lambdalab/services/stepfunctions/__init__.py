"""AWS Step Functions: state machines.

- `permissions.py`: the permissions that its calls need
- `wiring.py`: what `lab.diagram()` draws of it
"""

from lambdalab.rooms import Room

ROOM = Room("stepfunctions", services=("states", "stepfunctions"))
