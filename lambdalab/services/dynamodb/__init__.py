"""Amazon DynamoDB: tables and their streams.

- `backend.py`: the door into moto
- `streams.py`: what changes in a table, as pollers and callers read it
- `leading_keys.py`: the condition key dynamodb:LeadingKeys
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("dynamodb", services=("dynamodb", "dynamodbstreams"), moto=("dynamodb", "dynamodbstreams"))
