"""Amazon DynamoDB: tables and their streams.

- `backend.py`: the door into moto; `patches.py`: what is changed there, and why
- `streams.py`: a record for each change in a table
- `time_to_live.py`: expired items are deleted
- `polling.py`: a table's stream as an event source of Lambda
- `leading_keys.py`: the condition key dynamodb:LeadingKeys
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("dynamodb", services=("dynamodb", "dynamodbstreams"), moto=("dynamodb", "dynamodbstreams"))
