"""Amazon CloudWatch: metrics, alarms and dashboards.

- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("cloudwatch", services=("cloudwatch", "monitoring"))
