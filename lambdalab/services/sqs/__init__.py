"""Amazon SQS: queues.

- `backend.py`: the door into moto; `patches.py`: what is changed there, and why
- `queues.py`: a queue's messages, sent, received, hidden and deleted
- `polling.py`: queues as event sources of Lambda
- `destination.py`: queues as destinations, targets and dead-letter queues
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need, and the policies of queues
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("sqs", services=("sqs",), moto=("sqs",))
