"""Amazon SQS: queues.

- `backend.py`: the door into moto
- `queues.py`: a queue's messages, as pollers and callers receive them
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need, and the policies of queues
"""

from lambdalab.rooms import Room

ROOM = Room("sqs", services=("sqs",), moto=("sqs",))
