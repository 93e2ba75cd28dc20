"""AWS Step Functions: state machines.

- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("stepfunctions", services=("states", "stepfunctions"))
