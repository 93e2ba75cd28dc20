"""REST APIs of API Gateway: moto's apigateway keeps what they are made of, and here they answer requests.

- `operations.py`: the operations that make and change an API, put right where moto answers otherwise than AWS
- `additions.py`: operations that moto does not know: TestInvokeMethod and updates
- `imports.py`: APIs from an OpenAPI document
- `snapshots.py`: what of an API clients see: a deployment
- `logs.py`: what a stage writes about its requests
- `place.py`: the address of an API, and what is behind it: functions, callers, keys

What is decided without looking at anything is in `lambdalab.services.apigateway.gateway`.
- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("apigateway", services=("apigateway",), moto=("apigateway",))
