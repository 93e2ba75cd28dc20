"""Amazon Kinesis Data Streams.

- `backend.py`: the door into moto
- `streams.py`: a stream's records, as pollers and callers read them
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("kinesis", services=("kinesis",), moto=("kinesis",))
