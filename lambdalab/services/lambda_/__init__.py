"""AWS Lambda: its API, and the functions behind it.

- `backend.py`: the door into moto; `patches.py`: everything that is changed there
- `destination.py`: functions as destinations and targets
- `api/`: what all operations share: validation, names, errors, pages, and what is not part of the lab
- `functions/`: a function's configuration, state, code, role and logging
- `versions/`: versions and aliases
- `invoke/`: Invoke, the queue of asynchronous events, response streams, recursive loops
- `urls/`: function URLs
- `layers/`, `concurrency/`: layer versions; reserved and provisioned concurrency
- `mappings/`: event source mappings
- `resource_policy.py`: who may invoke a function
- `simulated_latency.py`: how long a deployment takes, and the dice of weighted aliases
- `permissions.py`: the permissions that its calls need, and the policies of functions
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("lambda_", services=("lambda",), moto=("awslambda",))
