"""Amazon Kinesis Data Streams.

- `backend.py`: the door into moto; `patches.py`: what is changed there, and why
- `streams.py`: a stream's records
- `polling.py`: streams as event sources of Lambda
- `destination.py`: streams as targets of EventBridge
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("kinesis", services=("kinesis",), moto=("kinesis",))
