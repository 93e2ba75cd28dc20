"""AWS X-Ray: traces.

- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("xray", services=("xray",))
